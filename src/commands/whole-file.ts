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
  /** Puts the file in its place when it was written to its end. Errors: those of `assertFree` and `newFile`. */
  place(): Promise<void>;
  /** Takes away what was not put in its place. */
  remove(): Promise<void>;
}

/** Whose codes tell of trouble with a file. */
type Codes = 'export' | 'file';

/** Errors: `export.file_exists` or `file.exists`, unless it may be replaced. */
export async function assertFree(path: string, mayReplace: boolean, codes: Codes): Promise<void> {
  const found = mayReplace ? undefined : await lstat(path).catch(() => undefined);
  if (found) throw exists(path, codes);
}

/** Begins a file for secrets beside its place. Shape: mode 0600. Errors: `export.file_unwritable` or `file.unwritable`. */
export async function newFile(path: string, mayReplace: boolean, codes: Codes): Promise<WholeFile> {
  const name = `.${basename(path)}.${randomBytes(6).toString('hex')}.part`;
  const aside = join(dirname(path), name);
  // What is flushed before it is closed is on the disk before it has its name.
  const stream = createWriteStream(aside, { flags: 'wx', mode: 0o600, flush: true });
  await once(stream, 'open').catch(unwritable(path, codes));
  return {
    stream,
    place: async () => {
      await (mayReplace ? rename(aside, path) : link(aside, path)).catch((error: unknown) => {
        if (codeOf(error) === 'EEXIST') throw exists(path, codes);
        return unwritable(path, codes)(error);
      });
    },
    remove: async () => {
      stream.destroy();
      await rm(aside, { force: true });
    },
  };
}

function exists(path: string, codes: Codes): DomainError {
  return new DomainError(
    codes === 'export' ? 'export.file_exists' : 'file.exists',
    `${path} is there already.`,
  );
}

function unwritable(path: string, codes: Codes): (error: unknown) => never {
  return (cause) => {
    const detail = `${path}: ${codeOf(cause) ?? 'unknown'}`;
    const code = codes === 'export' ? 'export.file_unwritable' : 'file.unwritable';
    throw new DomainError(code, detail, {}, { cause });
  };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
