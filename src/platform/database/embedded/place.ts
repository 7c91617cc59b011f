import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError } from '../../../core/errors.js';
import { Secret } from '../../../core/secret.js';
import { createFileOnce } from '../../files.js';
import { unlessCode } from './file-errors.js';
import { locateRuntime } from './runtime.js';
import type { Runtime } from './runtime.js';
import { canReach, pickRuntimeUser } from './runtime-user.js';
import type { RuntimeUser } from './runtime-user.js';

/** Where a cluster stands, who runs it and with which programs. Shape: absolute, real paths. */
export interface Place {
  readonly cluster: string;
  readonly user: RuntimeUser | undefined;
  readonly runtime: Runtime;
  readonly password: Secret;
}

const passwordBytes = 32;
const clusterName = 'postgres';
/** Names the folder that holds the cluster when the data directory cannot. */
const pointerName = 'postgres.location';
const passwordName = 'postgres.password';
const outsideFolder = '/var/lib/triplemint';

/**
 * Settles where the cluster of a data directory stands.
 *
 * Shape: in the data directory; if we are root and the account of PostgreSQL cannot reach that, in
 * `/var/lib/triplemint/<name>`, and a pointer file in the data directory remembers it.
 * Errors: `database.embedded_failed`.
 */
export async function settlePlace(dataDir: string): Promise<Place> {
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const home = await realpath(dataDir);
  const remembered = await readPointer(home);
  const user = await pickRuntimeUser(join(remembered ?? home, clusterName));
  const base = remembered ?? (await chooseBase(home, user));
  await refuseForeignCluster(join(base, clusterName));
  const password = await createFileOnce(join(home, passwordName), () =>
    Buffer.from(randomBytes(passwordBytes).toString('base64url')),
  );
  return {
    cluster: join(base, clusterName),
    user,
    runtime: await locateRuntime(base, user),
    password: new Secret(password.toString('utf8')),
  };
}

/** Deletes the cluster of a data directory, wherever it stands. It must have been stopped. */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const outside = await readPointer(dataDir);
  const folders = outside === undefined ? [] : [outside];
  const names = [clusterName, passwordName, pointerName].map((name) => join(dataDir, name));
  for (const path of [...folders, ...names]) await rm(path, { recursive: true, force: true });
}

async function readPointer(home: string): Promise<string | undefined> {
  const text = await readFile(join(home, pointerName), 'utf8').catch(unlessCode('ENOENT'));
  return text?.trim();
}

async function chooseBase(home: string, user: RuntimeUser | undefined): Promise<string> {
  const isInUse = await stat(join(home, clusterName)).catch(unlessCode('ENOENT'));
  if (isInUse || (await canReach(home, user, 0o1))) return home;
  // A random name: a data directory made anew at the same path must not meet the old cluster.
  const fresh = join(outsideFolder, randomBytes(8).toString('hex'));
  const pointer = await createFileOnce(join(home, pointerName), () => Buffer.from(`${fresh}\n`));
  const base = pointer.toString('utf8').trim();
  await mkdir(base, { recursive: true });
  for (const folder of [dirname(base), base]) await chmod(folder, 0o711);
  return base;
}

/** PostgreSQL runs a cluster only as the account that owns it. */
async function refuseForeignCluster(cluster: string): Promise<void> {
  const ourUid = process.getuid?.();
  if (ourUid === undefined || ourUid === 0) return;
  const owner = await stat(cluster).catch(unlessCode('ENOENT'));
  if (!owner || owner.uid === ourUid) return;
  const detail = `${cluster} belongs to user ${owner.uid}. Start the service as that user or as root.`;
  throw new DomainError('database.embedded_failed', detail);
}
