import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readPidFile } from '../platform/database/embedded/pid-file.js';
import { removeEmbeddedPostgres, settlePlace } from '../platform/database/embedded/place.js';
import type { DatabasePlace } from '../platform/database/open-database.js';

/**
 * Remembers whether the embedded cluster of a data directory is there before it is worked on.
 *
 * Shape: the answer takes a cluster away that was made since, unless some process serves it by now.
 */
export async function clusterBefore({
  databaseUrl,
  dataDir,
}: DatabasePlace): Promise<() => Promise<void>> {
  if (databaseUrl || (await hasCluster(dataDir))) {
    return () => Promise.resolve();
  }
  const wasThere = await isThere(dataDir);
  return async () => {
    const { cluster } = await settlePlace(dataDir);
    if (await readPidFile(cluster)) return;
    await removeEmbeddedPostgres(dataDir);
    if (!wasThere && (await readdir(dataDir)).length === 0) await rmdir(dataDir);
  };
}

/** Whether a data directory has an embedded cluster. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  return await isThere(join(dataDir, 'postgres.password'));
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
