import { chown, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DomainError } from '../../../core/errors.js';
import { createFolderOnce } from '../../files.js';
import { runCommand } from './command.js';
import { unlessCode } from './file-errors.js';
import type { Place } from './place.js';

/** The one role and the one database of the service in its embedded cluster. */
export const roleName = 'triplemint';

const leftoverAgeMs = 3_600_000;

/**
 * Makes the cluster unless there is one.
 *
 * Shape: made in a sibling folder and renamed into place; of several starts at once one wins, the
 * others drop theirs. `isDurable` false skips the write-through, for tests.
 * Errors: `database.embedded_failed`.
 */
export async function makeCluster(place: Place, isDurable: boolean): Promise<void> {
  if (await hasCluster(place)) return;
  await removeLeftovers(place.cluster);
  await createFolderOnce(place.cluster, async (folder) => {
    await initialise(place, folder, isDurable);
  });
}

async function hasCluster({ cluster, runtime }: Place): Promise<boolean> {
  const made = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(unlessCode('ENOENT'));
  if (made === undefined) return false;
  const [major] = runtime.version.split('.');
  if (made.trim() === major) return true;
  const detail =
    `${cluster} was made by PostgreSQL ${made.trim()}, and this version brings PostgreSQL ` +
    `${major ?? '?'}. Start the version that made it, and move its data from there.`;
  throw new DomainError('database.embedded_failed', detail);
}

async function initialise(place: Place, folder: string, isDurable: boolean): Promise<void> {
  const desk = await mkdtemp(join(dirname(folder), '.postgres.'));
  const passwordFile = join(desk, 'password');
  try {
    await writeFile(passwordFile, place.password.expose(), { mode: 0o600 });
    if (place.user) {
      for (const path of [desk, passwordFile, folder]) {
        await chown(path, place.user.uid, place.user.gid);
      }
    }
    await runInitdb(place, folder, passwordFile, isDurable);
  } finally {
    await rm(desk, { recursive: true, force: true });
  }
}

async function runInitdb(
  { runtime, user }: Place,
  folder: string,
  passwordFile: string,
  isDurable: boolean,
): Promise<void> {
  const args = ['-D', folder, `--username=${roleName}`, `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--no-instructions');
  // The built-in locale sorts alike on every machine and with every C library.
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  args.push('--locale=C');
  if (!isDurable) args.push('--no-sync');
  const { code, output } = await runCommand(runtime.initdb, args, user);
  if (code === 0) return;
  const detail = `initdb could not make a cluster in ${dirname(folder)}.`;
  throw new DomainError('database.embedded_failed', detail, {}, { cause: new Error(output) });
}

/** A start that was killed in the middle of initdb leaves its folders behind. */
async function removeLeftovers(cluster: string): Promise<void> {
  const folder = dirname(cluster);
  const leftover = new RegExp(`^\\.${basename(cluster)}\\.[A-Za-z0-9]{6}$`);
  for (const name of await readdir(folder)) {
    if (!leftover.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(unlessCode('ENOENT'));
    if (!found || Date.now() - found.mtimeMs < leftoverAgeMs) continue;
    await rm(path, { recursive: true, force: true });
  }
}
