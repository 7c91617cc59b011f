import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the embedded cluster of a data directory lies. */
export async function clusterPath(dataDir: string): Promise<string> {
  const pointer = await readFile(join(dataDir, 'postgres.location'), 'utf8').catch(() => dataDir);
  return join(pointer.trim(), 'postgres');
}

/** The process that is the embedded server of a data directory. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const text = await readFile(join(await clusterPath(dataDir), 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}
