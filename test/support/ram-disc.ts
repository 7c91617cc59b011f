import { readFileSync, statfsSync } from 'node:fs';

const folder = '/dev/shm';
/** Units: bytes; ample for all that a run holds at once. */
const enough = 8 * 1024 ** 3;

/**
 * A folder in memory for what tests write, or undefined where there is none that is large enough.
 *
 * On a disc the kernel spends most of the time that a new cluster or database takes. Nothing is
 * proven less: what a test kills are processes, and those lose nothing that is in the page cache.
 */
export function ramDisc(): string | undefined {
  if (process.platform !== 'linux' || process.availableMemory() < enough) return undefined;
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const [, , type, options] =
    mounts.find((line) => line.split(' ')[1] === folder)?.split(' ') ?? [];
  // As root the service copies the programs of PostgreSQL into its data directory, to run there.
  if (type !== 'tmpfs' || options?.split(',').includes('noexec') !== false) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < enough ? undefined : folder;
}
