import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, link, mkdir, mkdtemp, open, readFile, readdir } from 'node:fs/promises';
import { rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Gives the content of a file and makes the file first if there is none.
 *
 * Any number of callers and processes may race: one makes the file, all get its content, and
 * nobody ever sees half a file. The folder is made when it is missing.
 * Shape: `makeContent` is asked only when the file is missing; `mode` is the mode of a new file.
 * Errors: those of the file system.
 */
export async function createFileOnce(
  path: string,
  makeContent: () => Promise<Buffer> | Buffer,
  mode = 0o600,
): Promise<Buffer> {
  const existing = await readIfPresent(path);
  if (existing) return existing;
  await placeFileOnce(path, await makeContent(), mode);
  return readFile(path);
}

/**
 * Puts a new file in its place unless there is one already; true if it is ours.
 *
 * Shape: the content is on the disk before the name appears.
 */
export async function placeFileOnce(path: string, content: Buffer, mode = 0o600): Promise<boolean> {
  return withTemporaryFile(path, content, mode, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * Puts a file in its place whether or not there is one; readers see the old or the new, whole.
 *
 * Shape: a file that root replaces keeps its owner, who may be the account of the service.
 */
export async function replaceFile(path: string, content: Buffer, mode = 0o600): Promise<void> {
  await withTemporaryFile(path, content, mode, async (temporary) => {
    const held = process.getuid?.() === 0 && (await statIfPresent(path));
    if (held) await chown(temporary, held.uid, held.gid);
    await rename(temporary, path);
  });
}

/**
 * Makes and fills a folder in one step unless it exists with something in it; true if it is ours.
 *
 * Shape: `fill` gets a temporary folder (mode 0700) beside `path`, which is then renamed.
 */
export async function createFolderOnce(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<boolean> {
  if (!(await isEmptyOrMissing(path))) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = await mkdtemp(join(dirname(path), `.${basename(path)}.`));
  try {
    await fill(temporary);
    if (!(await renameUnlessTaken(temporary, path))) return false;
    await syncFolder(dirname(path));
    return true;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Reads a file; undefined if there is none. Errors: those of the file system but ENOENT. */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  return await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function withTemporaryFile<T>(
  path: string,
  content: Buffer,
  mode: number,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const name = `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`;
  const temporary = join(dirname(path), name);
  try {
    await writeDurably(temporary, content, mode);
    const result = await place(temporary);
    await syncFolder(dirname(path));
    return result;
  } finally {
    await unlink(temporary).catch(() => undefined); // gone already after a rename
  }
}

async function writeDurably(path: string, content: Buffer, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(path, mode); // the umask may have taken bits away
}

/** Makes a new name durable; some systems cannot open a folder, and then there is nothing to do. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function isEmptyOrMissing(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}

async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // The systems name this differently (ENOTEMPTY, EEXIST, EPERM), so look instead.
    if (await isEmptyOrMissing(to)) throw error;
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
