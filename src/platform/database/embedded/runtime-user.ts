import { readFile, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { DomainError } from '../../../core/errors.js';
import { unlessCode } from './file-errors.js';

/** The account PostgreSQL runs under when we are root; PostgreSQL itself refuses to be root. */
export interface RuntimeUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account PostgreSQL shall run under, or `undefined` for our own.
 *
 * Shape: as root the owner of the cluster if there is one, else `postgres`, else `nobody`.
 * No account is ever added.
 * Errors: `database.embedded_failed`.
 */
export async function pickRuntimeUser(clusterPath: string): Promise<RuntimeUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const cluster = await stat(clusterPath).catch(unlessCode('ENOENT'));
  if (cluster && cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid };
  const accounts = await readFile('/etc/passwd', 'utf8').catch(unlessCode('ENOENT'));
  const user = findUser(accounts ?? '', 'postgres') ?? findUser(accounts ?? '', 'nobody');
  if (user) return user;
  throw new DomainError(
    'database.embedded_failed',
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody. Start the service as an ordinary user or set DATABASE_URL.',
  );
}

/** Finds an account other than root by name in the text of `/etc/passwd`. */
export function findUser(accounts: string, name: string): RuntimeUser | undefined {
  for (const line of accounts.split('\n')) {
    const [user, , uidText, gidText] = line.split(':');
    if (user !== name) continue;
    const uid = Number(uidText);
    const gid = Number(gidText);
    if (Number.isInteger(uid) && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  return undefined;
}

/**
 * Whether the account can reach a path: search every folder above it, and use it as `bits` say.
 *
 * Shape: `bits` of the path itself, 4 read, 1 search or run. Decided by the modes; an access list
 * that says otherwise is not seen; what comes of it is a refusal at start that names the path.
 */
export async function canReach(
  path: string,
  user: RuntimeUser | undefined,
  bits = 0o5,
): Promise<boolean> {
  if (user === undefined) return true;
  const real = await realpath(path).catch(unlessCode('ENOENT'));
  if (real === undefined || !allows(await stat(real), user, bits)) return false;
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if (!allows(await stat(folder), user, 0o1)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function allows(stats: Stats, user: RuntimeUser, bits: number): boolean {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}
