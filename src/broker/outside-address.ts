import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Secret } from '../core/secret.js';

/** Where a site's own broker is, and the account of the service there, if it has one. */
export interface OutsideAddress {
  readonly host: string;
  readonly port: number;
  readonly isEncrypted: boolean;
  readonly account: { readonly username: string; readonly password: Secret } | undefined;
}

/** Takes `mqtt://` or `mqtts://` `[user:password@]host[:port]` apart. Shape: ports 1883 and 8883. */
export function parseOutsideAddress(url: Secret): OutsideAddress {
  const { protocol, hostname, port, username, password } = new URL(url.expose());
  const isEncrypted = protocol === 'mqtts:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (isEncrypted ? 8883 : 1883)),
    isEncrypted,
    account:
      username === ''
        ? undefined
        : {
            username: decodeURIComponent(username),
            password: new Secret(decodeURIComponent(password)),
          },
  };
}

/** Connects to a broker. Units: ms. Errors: those of the system; `timed out` when it takes too long. */
export async function dial(address: OutsideAddress, timeoutMs: number): Promise<Socket> {
  const { host, port, isEncrypted } = address;
  const socket = isEncrypted
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    : connectTcp({ host, port });
  socket.setNoDelay(true).setKeepAlive(true, 60_000);
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('timed out')), timeoutMs);
    socket.on('error', reject); // stays: an error that nobody hears would end the process
    socket.once('close', () => {
      clearTimeout(timer);
    });
    socket.once(isEncrypted ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
