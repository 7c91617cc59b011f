import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Server as TcpServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer, TlsOptions } from 'node:tls';
import type { TlsMaterial } from '../tls/material.js';
import { clientCertificateOptions, tlsServerOptions } from '../tls/options.js';
import type { TlsProfile } from '../tls/options.js';
import { bind } from './bind.js';
import { contextOf, dispatchByFirstByte } from './first-byte.js';
import type { ConnectionContext, StreamHandler } from './first-byte.js';
import { HalfOpenConnections } from './half-open.js';
import { RequestsInFlight } from './requests-in-flight.js';
import { Sockets } from './sockets.js';
import { stopGently } from './stop.js';
import type { StopHandler } from './stop.js';
import { TitleCaseResponse } from './title-case-headers.js';
import { acceptWebSockets } from './websocket.js';

/**
 * How the listeners work.
 *
 * Units: `silenceTimeoutMs` is how long a new connection may take to finish the TLS handshake, and
 * then until its first packet is complete; 10,000 unless told. `halfOpenLimit` is how many may be at
 * that at once; 2000 unless told.
 */
export interface ListenersOptions {
  readonly tls: TlsMaterial;
  readonly tlsProfile: TlsProfile;
  readonly wsPath: string;
  readonly silenceTimeoutMs?: number;
  readonly halfOpenLimit?: number;
  /** Hears of trouble that reaches nobody else, e.g. no file descriptor left for a connection. */
  readonly onTrouble?: (event: string, error: unknown) => void;
}

/** The ports to listen on; 0 takes a free one. */
export interface Ports {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly mqttPort: number;
  readonly mqttsPort: number;
}

const probes = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/**
 * All ports of the service: HTTP, TLS (HTTP and MQTT on one port), MQTT and MQTT over TLS.
 *
 * Handlers come by registration, so the ports know nobody above them. Fastify gets its server from
 * `serverFactory` and never listens itself.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #silenceTimeoutMs: number;
  readonly #handlers = new Map<number, StreamHandler>();
  readonly #requests = new RequestsInFlight();
  readonly #sockets = new Sockets();
  readonly #halfOpen: HalfOpenConnections;
  readonly #stopHandlers: StopHandler[] = [];
  readonly #http: HttpServer<typeof IncomingMessage, typeof TitleCaseResponse>;
  readonly #tls: TlsServer;
  readonly #mqtt: TcpServer;
  readonly #mqtts: TlsServer;
  #stopping: Promise<void> | undefined;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#silenceTimeoutMs = options.silenceTimeoutMs ?? 10_000;
    this.#halfOpen = new HalfOpenConnections(options.halfOpenLimit ?? 2000);
    this.#http = this.#makeHttp();
    this.#tls = this.#makeTls((socket, context) => {
      this.#dispatch(socket, context, socket, (stream, settled) => {
        settled(); // from here on the time-outs of HTTP hold
        this.#http.emit('connection', stream);
      });
    }, clientCertificateOptions(options.tls));
    this.#mqtts = this.#makeTls((socket, context) => {
      this.#dispatch(socket, context, socket);
    });
    this.#mqtt = createTcpServer(probes, (socket) => {
      this.#welcome(socket);
      this.#dispatch(socket, contextOf('tcp', socket), socket);
    });
    acceptWebSockets(this.#http, options.wsPath, (stream, context, socket) => {
      this.#dispatch(stream, context, socket);
    });
  }

  /** The connections that are open now, on all ports. */
  get openConnections(): number {
    return this.#sockets.count;
  }

  /** Those among them that have not said anything whole yet. */
  get halfOpenConnections(): number {
    return this.#halfOpen.count;
  }

  /** The HTTP requests without a complete answer, on both ports. */
  get requestsInFlight(): number {
    return this.#requests.count;
  }

  /**
   * The server for Fastify: `new FastifyAdapter({ serverFactory: listeners.serverFactory })`.
   *
   * Then `app.init()` and `listen` of this class; never `app.listen()`.
   */
  readonly serverFactory = (
    handler: (request: IncomingMessage, response: ServerResponse) => void,
  ): HttpServer => {
    this.#http.on('request', handler);
    return this.#http;
  };

  /** Gives connections that begin with this byte, on any port, to a handler. One per byte. */
  onFirstByte(firstByte: number, handler: StreamHandler): void {
    if (this.#handlers.has(firstByte)) throw new Error(`first byte ${firstByte} is taken`);
    this.#handlers.set(firstByte, handler);
  }

  /**
   * Asks to be told of a stop: end long polls and streams, finish what was begun, then resolve.
   *
   * The sockets stay open until every handler has resolved, or the deadline.
   */
  onStop(handler: StopHandler): void {
    this.#stopHandlers.push(handler);
  }

  /**
   * Opens all four ports, or none, and answers their numbers.
   *
   * Errors: `port.in_use`, `port.refused`.
   */
  async listen(ports: Ports & { readonly bind: string }): Promise<Ports> {
    const open = (server: TcpServer, variable: string, port: number): Promise<number> =>
      bind(server, { variable, port, bind: ports.bind });
    try {
      const httpPort = await open(this.#http, 'HTTP_PORT', ports.httpPort);
      const tlsPort = await open(this.#tls, 'TLS_PORT', ports.tlsPort);
      const mqttPort = await open(this.#mqtt, 'MQTT_PORT', ports.mqttPort);
      const mqttsPort = await open(this.#mqtts, 'MQTTS_PORT', ports.mqttsPort);
      for (const server of this.#servers()) server.on('error', this.#trouble('listener.failed'));
      return { httpPort, tlsPort, mqttPort, mqttsPort };
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /**
   * Stops: no new connections, streams ended, requests in flight answered with `Connection: close`.
   *
   * Units: whoever is not done after `deadlineMs` is cut off. Never hangs, never throws; a second
   * call waits for the first.
   */
  stop(deadlineMs = 8000): Promise<void> {
    this.#stopping ??= stopGently({
      servers: this.#servers(),
      closeIdle: () => {
        this.#http.closeIdleConnections();
      },
      requests: this.#requests,
      sockets: this.#sockets,
      handlers: this.#stopHandlers,
      onTrouble: this.#trouble('stop.handler_failed'),
      deadlineMs,
    });
    return this.#stopping;
  }

  #servers(): TcpServer[] {
    return [this.#http, this.#tls, this.#mqtt, this.#mqtts];
  }

  #makeHttp(): HttpServer<typeof IncomingMessage, typeof TitleCaseResponse> {
    const server = createHttpServer({
      ServerResponse: TitleCaseResponse,
      keepAliveTimeout: 72_000, // longer than the idle time of common balancers
      headersTimeout: 20_000,
      requestTimeout: 300_000, // an import over a slow line
      requireHostHeader: false, // a module with an HTTP client of its own may leave it out
      ...probes,
    });
    // Sockets from the TLS port come by here as well.
    server.on('connection', (socket) => {
      this.#welcome(socket);
    });
    server.on('request', ({ socket }, response) => {
      this.#halfOpen.settle(socket);
      this.#requests.add(response);
    });
    // An expectation we do not know is ignored: without this, Node answers 417 in chunks.
    server.on('checkExpectation', (request, response) => {
      server.emit('request', request, response);
    });
    return server;
  }

  #makeTls(
    onSecure: (socket: Socket, context: ConnectionContext) => void,
    special: TlsOptions = {},
  ): TlsServer {
    const { tls, tlsProfile } = this.#options;
    const server = createTlsServer({
      ...tlsServerOptions(tls, tlsProfile),
      ...special,
      ...probes,
      handshakeTimeout: this.#silenceTimeoutMs,
    });
    server.on('connection', (carrier: Socket) => {
      this.#sockets.addCarrier(carrier);
      this.#halfOpen.addCarrier(carrier);
    });
    server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      onSecure(socket, contextOf('tls', socket));
    });
    server.on('tlsClientError', (_, socket) => {
      socket.destroy();
    });
    return server;
  }

  #welcome(socket: Socket): void {
    const isNew = this.#sockets.add(socket);
    if (isNew) this.#halfOpen.add(socket);
  }

  /** Shape: `socket` is the connection under the stream. */
  #dispatch(
    stream: Duplex,
    context: ConnectionContext,
    socket: Socket,
    otherwise?: (stream: Duplex, settled: () => void) => void,
  ): void {
    dispatchByFirstByte(stream, {
      timeoutMs: this.#silenceTimeoutMs,
      choose: (firstByte) => {
        const handler = this.#handlers.get(firstByte);
        if (!handler) return otherwise;
        return (taken, settled) => {
          handler(taken, context, () => {
            settled();
            this.#halfOpen.settle(socket);
          });
        };
      },
      onTrouble: this.#trouble('connection.handler_failed'),
    });
  }

  #trouble(event: string): (error: unknown) => void {
    return (error) => this.#options.onTrouble?.(event, error);
  }
}
