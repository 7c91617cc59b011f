import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { stopOf } from './port-life.js';
import type { PortLife } from './port-life.js';
import type { PortEnd } from './transport.js';

/** Where a serial server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Connects to a serial server.
 *
 * Units: milliseconds.
 * Errors: `SlotStop` with `port_refused` or `port_timeout`.
 */
export function connectSocket({ host, port }: ServerAddress, connectMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const stop = (end: PortEnd): void => {
      socket.destroy();
      reject(stopOf(end));
    };
    const onError = (error: NodeJS.ErrnoException): void => {
      stop(endOfConnect(error.code ?? 'unknown'));
    };
    socket.once('error', onError);
    socket.setTimeout(connectMs, () => {
      stop(endOfConnect('ETIMEDOUT', connectMs));
    });
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

/** Ends the life of a port with its socket, and the socket with the life. */
export function bindLife(socket: Socket, life: PortLife): void {
  const finish = (detail: string): void => {
    life.finish({ reason: 'port_closed', detail });
  };
  socket.on('error', (error: NodeJS.ErrnoException) => {
    finish(
      `${error.code ?? 'unknown'}: the way to the serial server broke; check network and power`,
    );
  });
  // `end` as well as `close`: a half-closed serial server will not carry another answer.
  socket.on('end', () => {
    finish('the serial server hung up: its port was lost, or another client took it');
  });
  socket.on('close', () => {
    finish('the connection to the serial server is gone');
  });
  life.onEnd(() => {
    socket.destroy();
  });
}

function endOfConnect(code: string, connectMs?: number): PortEnd {
  switch (code) {
    case 'ETIMEDOUT': {
      const within = connectMs === undefined ? '' : ` within ${connectMs} ms`;
      return {
        reason: 'port_timeout',
        detail: `no connection${within}: check address, network and firewall`,
      };
    }
    case 'ECONNREFUSED':
      return {
        reason: 'port_refused',
        detail: `${code}: nothing listens there; start the serial server, check the TCP port`,
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { reason: 'port_refused', detail: `${code}: the host name is not known; check it` };
    default:
      return { reason: 'port_refused', detail: `${code}: check address and network` };
  }
}
