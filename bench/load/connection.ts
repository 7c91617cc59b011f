import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * The suite of the C SDKs, so that a handshake costs what it costs with units in the field.
 *
 * Source: Alibaba C SDKs 3.x and 4.x, observed: TLS 1.2, static RSA with CBC, no resumption.
 */
const fieldTls = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'AES128-SHA256',
} as const;

/** How to reach the server; `ca` for TLS. */
export interface Target {
  readonly port: number;
  readonly ca?: string | undefined;
}

/**
 * Opens a connection that reads into a buffer of its user, as far as Node can.
 *
 * Node's own clients, or a buffer for every read, would take a core.
 */
export function openConnection(
  { port, ca }: Target,
  buffer: Buffer,
  onBytes: (bytes: Buffer) => void,
): Socket {
  const place = { host: '127.0.0.1', port };
  if (ca !== undefined) {
    return connectTls({ ...place, ...fieldTls, ca })
      .setNoDelay(true)
      .on('data', onBytes);
  }
  const callback = (length: number, bytes: Uint8Array): boolean => {
    onBytes(bytes.subarray(0, length) as Buffer);
    return true;
  };
  return connectTcp({ ...place, noDelay: true, onread: { buffer, callback } });
}
