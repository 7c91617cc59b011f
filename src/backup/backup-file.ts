import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DomainError } from '../core/errors.js';
import { encryptionFor } from '../orders/export-encryption.js';
import type { Encryption } from '../orders/export-encryption.js';
import { syncFolder } from '../platform/files.js';
import { damaged } from './archive-format.js';

/** The first bytes of a file that age made. Source: C2SP age.md, header. */
const ageMark = 'age-encryption.org/';
/** The first bytes of a gzip file. Source: RFC 1952, 2.3.1. */
const gzipMark = Buffer.of(0x1f, 0x8b);

/** Compresses enough, and fast: a backup is bound by the database, not by this. */
const level = 1;

/**
 * Writes a backup: compressed, encrypted when there is a recipient, and under its name only when all
 * of it is on the disk.
 *
 * Units: answers the size in bytes. Mode 0600.
 * Errors: `backup.file_exists`, `export.recipient_invalid`, `backup.not_written`.
 */
export async function writeBackupFile(
  path: string,
  recipients: readonly string[],
  content: AsyncIterable<Buffer>,
): Promise<number> {
  const encryption = recipients.length > 0 ? await encryptionFor(recipients) : undefined;
  await refuseExisting(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const sink = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
    const steps = [content, createGzip({ level }), encrypting(encryption), sink] as const;
    await pipeline(...steps).catch(notWritten(path));
    const { size } = await stat(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return size;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Reads a backup from its beginning, decrypted and unpacked.
 *
 * Errors: `backup.unreadable`, `backup.identity_wrong`, `backup.damaged`.
 */
export async function* readBackupFile(
  path: string,
  identityFile: string | undefined,
): AsyncGenerator<Uint8Array> {
  const start = await firstBytes(path);
  const isEncrypted = start.toString('latin1').startsWith(ageMark);
  if (!isEncrypted && !start.subarray(0, 2).equals(gzipMark)) throw damaged('it is none');
  const file = createReadStream(path);
  const unpacked = createGunzip();
  try {
    const source = isEncrypted ? await decrypted(file, identityFile) : file;
    // What breaks on the way ends the reading below.
    pipeline(source, unpacked).catch(() => undefined);
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw damaged('it was cut off or changed', error);
  } finally {
    unpacked.destroy();
    file.destroy();
  }
}

function encrypting(
  encryption: Encryption | undefined,
): (zipped: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array> {
  return async function* (zipped) {
    yield* encryption ? await encryption.encrypt(zipped) : zipped;
  };
}

async function decrypted(
  file: AsyncIterable<Uint8Array>,
  identityFile: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (identityFile === undefined) {
    const detail = 'The backup is encrypted: name the file of the age identity with --identity.';
    throw new DomainError('backup.identity_wrong', detail);
  }
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  const text = await readFile(identityFile, 'utf8').catch(() => '');
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  try {
    for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) {
      decrypter.addIdentity(line);
    }
    return await decrypter.decrypt(ReadableStream.from<Uint8Array>(file));
  } catch {
    // Without the cause: its message may repeat what the file holds.
    const detail = `The identities in ${identityFile} do not open the backup.`;
    throw new DomainError('backup.identity_wrong', detail);
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new DomainError('backup.unreadable', `${path} cannot be read.`, {}, { cause });
  }
}

async function refuseExisting(path: string): Promise<void> {
  const held = await stat(path).catch(() => undefined);
  if (held) throw new DomainError('backup.file_exists', `${path} exists; nothing was changed.`);
}

/** Trouble of the file is told with its place; that of the database as what it is. */
function notWritten(path: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    const code = 'code' in error ? String(error.code) : 'unknown';
    const detail = `${path} cannot be written (${code}); nothing of it is left.`;
    throw new DomainError('backup.not_written', detail, {}, { cause: error });
  };
}
