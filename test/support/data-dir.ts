import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

/**
 * Makes a temporary data directory that has its TLS material already.
 *
 * A certificate of its own would cost every service of every test half a second of one core.
 */
export async function makeDataDir(name: string): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), `triplemint-${name}-`));
  await giveTls(dataDir);
  return dataDir;
}

/** Puts the TLS material of the run into a data directory that has none. */
export async function giveTls(dataDir: string): Promise<void> {
  await cp(inject('testServer').tls, join(dataDir, 'tls'), { recursive: true });
}
