import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocketServer, createWebSocketStream } from 'ws';
import type { WebSocket } from 'ws';
import { contextOf } from './first-byte.js';
import type { ConnectionContext } from './first-byte.js';
import { ignoreUpgrade, refuseUpgrade } from './upgrades.js';

/** The largest payload of MQTT we take is 256 KiB; the rest is room for headers. */
const maxPayloadBytes = 264 * 1024;
const subprotocols = ['mqtt', 'mqttv3.1'];

/** Takes the stream inside a WebSocket; `socket` is the connection that carries it. */
type WebSocketHandler = (stream: Duplex, context: ConnectionContext, socket: Socket) => void;

/**
 * Takes MQTT over WebSocket on one path of an HTTP server.
 *
 * Shape: subprotocol `mqtt` (or `mqttv3.1`, as old clients offer) [MQTT-6.0.0-3]; other paths get
 * 404; upgrades to other protocols are ignored and the request is served.
 */
export function acceptWebSockets(server: Server, path: string, onStream: WebSocketHandler): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // RFC 6455, 4.1: a handshake is a GET.
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      ignoreUpgrade(server, request, socket, head);
    } else if (request.url?.split('?', 1)[0] !== path) {
      refuseUpgrade(socket, '404 Not Found');
    } else if (!offersMqtt(request)) {
      refuseUpgrade(socket, '400 Bad Request');
    } else {
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const transport = request.socket instanceof TLSSocket ? 'wss' : 'ws';
        onStream(streamOf(webSocket), contextOf(transport, request.socket), request.socket);
      });
    }
  });
}

/** [MQTT-6.0.0-3]: the client offers `mqtt`. */
function offersMqtt(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol']?.split(',') ?? [];
  return offered.some((name) => subprotocols.includes(name.trim()));
}

function streamOf(webSocket: WebSocket): Duplex {
  // [MQTT-6.0.0-1]: anything but a binary frame closes the connection.
  webSocket.on('message', (_, isBinary) => {
    if (!isBinary) webSocket.close(1003);
  });
  return createWebSocketStream(webSocket);
}
