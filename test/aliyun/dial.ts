import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { RawClient } from '../broker/raw-client.js';
import type { TestService } from '../support/service.js';

/** Opens a TLS connection that checks the certificate; to the TLS port unless another is given. */
export async function dialTls(
  { service: { ports, urls } }: TestService,
  { port = ports.tlsPort, ...options }: ConnectionOptions = {},
): Promise<RawClient> {
  const ca = await readFile(urls.ca ?? '');
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  const client = new RawClient(socket);
  await once(socket, 'secureConnect');
  return client;
}
