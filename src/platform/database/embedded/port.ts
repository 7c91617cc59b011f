import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { DomainError } from '../../../core/errors.js';
import { readLastPort } from './pid-file.js';

/** Below the ports that systems give out for outgoing connections, so nothing takes ours by chance. */
const [lowestPort, highestPort] = [20_000, 30_000];
const portTries = 50;

/**
 * A free port on the loopback: the one the cluster had last time if it is free, else a new one.
 *
 * Errors: `database.embedded_failed`.
 */
export async function pickPort(cluster: string): Promise<number> {
  const last = await readLastPort(cluster);
  if (last !== undefined && (await isFree(last))) return last;
  for (let tries = 0; tries < portTries; tries += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (await isFree(port)) return port;
  }
  throw new DomainError('database.embedded_failed', 'There is no free port for PostgreSQL.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
