import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../core/errors.js';
import { createFileOnce, createFolderOnce, readIfPresent, replaceFile } from '../files.js';
import { isIssuedBy, issueServerCertificate, makeAuthority, makePrivateKey } from './authority.js';
import { hasExactlyNames } from './names.js';
import type { TlsName } from './names.js';

const publicMode = 0o644;
const keyMode = 0o600;
const renewBeforeMs = 30 * 86_400_000;

/** Where our own authority and server certificate lie. */
export interface OwnCertificateFiles {
  readonly authority: string;
  readonly authorityKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** Names the files of a folder. */
export function ownCertificateFiles(folder: string): OwnCertificateFiles {
  return {
    authority: join(folder, 'ca.crt'),
    authorityKey: join(folder, 'ca.key'),
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
}

/**
 * Makes our own authority and server certificate, or keeps those that are there.
 *
 * The server certificate is issued again, by the same authority and for the same key, when its
 * names change or 30 days before its end; so one file changes, and certificate and key fit at any
 * moment. Starts that race end in one folder.
 * Errors: `tls.ca_unusable`, and those of the file system.
 */
export async function keepOwnCertificate(
  folder: string,
  names: readonly TlsName[],
  now: Date,
): Promise<OwnCertificateFiles> {
  await createFolderOnce(folder, (temporary) => fillFolder(temporary, names, now));
  const files = ownCertificateFiles(folder);
  const keyPem = await createFileOnce(
    files.key,
    async () => Buffer.from(await makePrivateKey()),
    keyMode,
  );
  if (!(await isStillGood(files, keyPem.toString(), names, now))) {
    await reissue(files, keyPem.toString(), names, now);
  }
  return files;
}

async function fillFolder(folder: string, names: readonly TlsName[], now: Date): Promise<void> {
  const files = ownCertificateFiles(folder);
  const authority = await makeAuthority(now);
  const key = await makePrivateKey();
  const chain = await issueServerCertificate(authority, key, names, now);
  await writeFile(files.authority, authority.certificate, { mode: publicMode });
  await writeFile(files.authorityKey, authority.key, { mode: keyMode });
  await writeFile(files.certificate, chain, { mode: publicMode });
  await writeFile(files.key, key, { mode: keyMode });
  await chmod(folder, 0o755); // modules' makers need ca.crt; the keys have their own mode
}

async function isStillGood(
  files: OwnCertificateFiles,
  keyPem: string,
  names: readonly TlsName[],
  now: Date,
): Promise<boolean> {
  const chain = await readIfPresent(files.certificate);
  const authority = parseCertificate(await readIfPresent(files.authority));
  const certificate = parseCertificate(chain);
  if (!certificate || !authority) return false;
  return (
    certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
    isIssuedBy(certificate, authority) &&
    hasExactlyNames(certificate, names) &&
    Date.parse(certificate.validTo) - now.getTime() > renewBeforeMs
  );
}

async function reissue(
  files: OwnCertificateFiles,
  keyPem: string,
  names: readonly TlsName[],
  now: Date,
): Promise<void> {
  const authority = await loadAuthority(files);
  const chain = await issueServerCertificate(authority, keyPem, names, now);
  await replaceFile(files.certificate, Buffer.from(chain), publicMode);
}

async function loadAuthority(
  files: OwnCertificateFiles,
): Promise<{ certificate: string; key: string }> {
  try {
    const certificate = await readFile(files.authority, 'utf8');
    const key = await readFile(files.authorityKey, 'utf8');
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
      return { certificate, key };
    }
  } catch (cause) {
    throw unusable(files, { cause });
  }
  throw unusable(files);
}

function unusable(files: OwnCertificateFiles, options?: ErrorOptions): DomainError {
  const detail =
    `A server certificate is due, but ${files.authority} and ${files.authorityKey} ` +
    'are missing, damaged or do not belong together.';
  return new DomainError('tls.ca_unusable', detail, {}, options);
}

function parseCertificate(content: Buffer | undefined): X509Certificate | undefined {
  try {
    return content && new X509Certificate(content);
  } catch {
    return undefined; // a damaged certificate is issued again
  }
}
