import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { link, lstat, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { basename, dirname, join } from 'node:path';
import { DomainError } from '../core/errors.js';

/** A file that is written aside and put in its place when it is whole. */
export interface WholeFile {
  readonly stream: Writable;
  /** Puts the file in its place. Errors: those of `assertFree` and `newFile`. */
  place(): Promise<void>;
  /** Takes away what was not put in its place. */
  remove(): Promise<void>;
}

/** Errors: `file.exists`, unless it may be replaced. */
export async function assertFree(path: string, mayReplace: boolean): Promise<void> {
  const found = mayReplace ? undefined : await lstat(path).catch(() => undefined);
  if (found) throw exists(path);
}

/** Begins a file for secrets beside its place. Shape: mode 0600. Errors: `file.unwritable`. */
export async function newFile(path: string, mayReplace: boolean): Promise<WholeFile> {
  const name = `.${basename(path)}.${randomBytes(6).toString('hex')}.part`;
  const aside = join(dirname(path), name);
  // What is flushed before it is closed is on the disk before it has its name.
  const stream = createWriteStream(aside, { flags: 'wx', mode: 0o600, flush: true });
  await once(stream, 'open').catch(unwritable(path));
  return {
    stream,
    place: async () => {
      await (mayReplace ? rename(aside, path) : link(aside, path)).catch((error: unknown) => {
        if (codeOf(error) === 'EEXIST') throw exists(path);
        return unwritable(path)(error);
      });
    },
    remove: async () => {
      stream.destroy();
      await rm(aside, { force: true });
    },
  };
}

function exists(path: string): DomainError {
  return new DomainError('file.exists', `${path} is there already.`);
}

function unwritable(path: string): (error: unknown) => never {
  return (cause) => {
    const detail = `${path}: ${codeOf(cause) ?? 'unknown'}`;
    throw new DomainError('file.unwritable', detail, {}, { cause });
  };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
