import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { ISubscriptionMap } from 'mqtt';
import { clientOptions, lossOf, openFailureOf, reportOnce } from './link-results.js';
import type { LinkLogin, Topic } from './link-results.js';

export type LinkState =
  'closed' | 'opening' | 'open' | 'connecting' | 'connected' | 'disconnecting';

/** Where AT+LMQTTOPEN goes. */
export interface LinkTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** A message that the server sent. Shape: `msgId` is 0 at QoS 0. */
export interface IncomingMessage {
  readonly topic: string;
  readonly msgId: number;
  readonly payload: Buffer;
}

/** What happens on a link without a command of ours. */
export interface LinkListener {
  message(message: IncomingMessage): void;
  /** The link is gone. Shape: `stat` of `+LMQTTURC: STATS`. */
  lost(stat: number): void;
}

/** Time that a DISCONNECT may take. Source: LMQTT notes, AT+LMQTTDISC answers within 5 s. */
const disconnectTimeoutMs = 5_000;

/**
 * The MQTT side of a unit: one real TCP or TLS connection, and MQTT on it after the login.
 *
 * Nothing reconnects by itself. After `drop` no callback of earlier operations comes any more.
 * The certificate of the server is not checked, as on a module without a configured CA.
 */
export class Link {
  #state: LinkState = 'closed';
  #socket: Socket | undefined;
  #client: MqttClient | undefined;
  #onClosed: (failure: Error | undefined) => void = () => undefined;
  #onMessage: (message: IncomingMessage | undefined) => void = () => undefined;

  constructor(private readonly listener: LinkListener) {}

  get state(): LinkState {
    return this.#state;
  }

  /** Opens the connection; `done` gets 0 or the `ext` of a failed `+LMQTTOPEN`. */
  open(target: LinkTarget, done: (ext: number) => void): void {
    const { host, port, isTls } = target;
    const socket = isTls
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connectTcp({ host, port });
    let failure: Error | undefined;
    this.#enter('opening', (error) => {
      done(openFailureOf(error));
    });
    this.#socket = socket.setNoDelay(true);
    socket.on('error', (error: Error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#closed(failure);
    });
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if (this.#socket !== socket) return;
      this.#enter('open', (error) => {
        this.listener.lost(lossOf(error));
      });
      done(0);
    });
  }

  /** Logs in; `done` gets `result` and `ret_code` of `+LMQTTCONN`. */
  login(login: LinkLogin, done: (result: number, code: number) => void): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#enter('connecting', () => {
      done(2, 6);
    });
    const client = new MqttClient(() => socket, clientOptions(login));
    this.#client = client;
    let failure: Error | undefined;
    client.on('error', (error) => {
      failure = error;
    });
    client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'connack' || this.#client !== client) return;
      const code = packet.returnCode ?? 0;
      if (code !== 0) this.drop();
      else {
        this.#enter('connected', (error) => {
          this.listener.lost(lossOf(failure ?? error));
        });
      }
      done(code === 0 ? 0 : 2, code);
    });
    client.on('message', (topic, payload, packet) => {
      if (this.#client !== client) return;
      const message = { topic, payload, msgId: packet.messageId ?? 0 };
      this.listener.message(message);
      this.#tell(message);
    });
  }

  /** Tells of the next message, or with undefined that the link was lost before one came. */
  nextMessage(done: (message: IncomingMessage | undefined) => void): void {
    this.#onMessage = done;
  }

  /** Subscribes; `done` tells whether the server granted every topic; a refused one is an error of the library. */
  subscribe(topics: readonly Topic[], done: (isGranted: boolean) => void): void {
    const client = this.#client;
    const map: ISubscriptionMap = Object.fromEntries(topics.map((t) => [t.name, { qos: t.qos }]));
    const report = this.#whileCurrent(done);
    client?.subscribe(map, (error) => {
      report(!error);
    });
  }

  unsubscribe(topics: readonly string[], done: (isDone: boolean) => void): void {
    const report = this.#whileCurrent(done);
    this.#client?.unsubscribe([...topics], (error) => {
      report(!error);
    });
  }

  publish(
    topic: Topic & { readonly isRetained: boolean },
    payload: Buffer,
    done: (isSent: boolean) => void,
  ): void {
    const report = this.#whileCurrent(done);
    const options = { qos: topic.qos, retain: topic.isRetained };
    this.#client?.publish(topic.name, payload, options, (error) => {
      report(!error);
    });
  }

  /** Leaves the server in order; `done` tells whether that went well. */
  disconnect(done: (isDone: boolean) => void): void {
    const client = this.#client;
    const timer = setTimeout(() => {
      if (this.#client !== client) return;
      this.drop();
      done(false);
    }, disconnectTimeoutMs).unref();
    this.#enter('disconnecting', () => {
      clearTimeout(timer);
      done(true);
    });
    client?.end(false);
  }

  /** Cuts the connection, as a restart or AT+LMQTTCLOSE does. */
  drop(): void {
    const [client, socket] = [this.#client, this.#socket];
    this.#client = undefined;
    this.#socket = undefined;
    this.#onMessage = () => undefined;
    this.#enter('closed', () => undefined);
    client?.end(true);
    socket?.destroy();
  }

  #enter(state: LinkState, onClosed: (failure: Error | undefined) => void): void {
    this.#state = state;
    this.#onClosed = onClosed;
  }

  #closed(failure: Error | undefined): void {
    const [onClosed, onMessage] = [this.#onClosed, this.#onMessage];
    this.drop();
    onClosed(failure);
    onMessage(undefined);
  }

  #tell(message: IncomingMessage): void {
    const onMessage = this.#onMessage;
    this.#onMessage = () => undefined;
    onMessage(message);
  }

  /** A callback that is heard only while this login lasts, and once. */
  #whileCurrent<T>(done: (value: T) => void): (value: T) => void {
    const client = this.#client;
    return reportOnce((value: T) => {
      if (this.#client === client) done(value);
    });
  }
}
