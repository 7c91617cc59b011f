import { link, readFile, readlink, rename, unlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { unlessCode } from './file-errors.js';

/** What `postmaster.pid` says. Shape: `port` is missing while PostgreSQL is still writing it. */
export interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
}

/**
 * Reads the pid file of a cluster, if there is one.
 *
 * Source: PostgreSQL 18, src/include/utils/pidfile.h: line 1 pid, line 4 port.
 */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(pathOf(cluster), 'utf8').catch(unlessCode('ENOENT'));
  return text === undefined ? undefined : parsePidFile(text);
}

/** Parses the text of a pid file; `undefined` while it is empty. */
export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  // The last line may be half written; it is whole once another has begun.
  const portLine = lines.length > 4 ? lines[3] : undefined;
  const port = Number.parseInt(portLine ?? '', 10);
  return { pid, port: Number.isInteger(port) && port > 0 ? port : undefined };
}

/** Whether a process lives. Shape: one of another account counts as dead, as PostgreSQL sees it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    unlessCode('ESRCH', 'EPERM')(error);
    return false;
  }
}

/**
 * Whether a living process that a pid file names is no PostgreSQL of this cluster.
 *
 * PostgreSQL itself replaces the file of a dead process, but takes any living process of its own
 * account for a server: after a crash and a reboot the number may belong to anyone.
 * Shape: false on systems whose `/proc` does not tell.
 */
export async function isStale(cluster: string, pid: number): Promise<boolean> {
  if ((await readProcLink('self', 'exe')) === undefined) return false;
  const program = await readProcLink(pid, 'exe');
  // A dead process that nobody has waited for has no program any more.
  if (program === undefined) return true;
  if (!basename(program).startsWith('postgres')) return true;
  // A postmaster and its children work in the folder of their cluster.
  return (await readProcLink(pid, 'cwd')) !== cluster;
}

async function readProcLink(pid: number | 'self', name: string): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/${name}`).catch(unlessCode('ENOENT', 'ESRCH', 'EACCES'));
}

/**
 * Takes a stale pid file away, and only that one.
 *
 * The file is moved first and read again: if another start has put its own there meanwhile, it goes
 * back. Should both still meet, PostgreSQL refuses a second server by its shared memory.
 */
export async function removeStalePidFile(cluster: string, pid: number): Promise<void> {
  const path = pathOf(cluster);
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    unlessCode('ENOENT')(error);
    return;
  }
  const moved = parsePidFile(await readFile(aside, 'utf8'));
  if (moved?.pid !== pid) await link(aside, path).catch(unlessCode('EEXIST'));
  await unlink(aside);
}

/**
 * The port a cluster had when it last started, so that a restarted server is found where it was.
 *
 * Source: PostgreSQL writes its command line to `postmaster.opts`.
 */
export async function readLastPort(cluster: string): Promise<number | undefined> {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(
    unlessCode('ENOENT'),
  );
  const found = /"port=(\d+)"/.exec(options ?? '');
  return found ? Number(found[1]) : undefined;
}

function pathOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
