import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DomainError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { parseTlsNames } from './names.js';
import { keepOwnCertificate } from './own-certificate.js';

/** What a TLS port needs. `caPath` is set when the certificate comes from our own authority. */
export interface TlsMaterial {
  /** PEM chain, server first. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
  readonly caPath?: string;
  /** PEM: whose client certificates count on the port that asks for them. */
  readonly clientCa?: string;
  /** Lines for the operator, e.g. that old C SDKs cannot use this certificate. */
  readonly warnings: readonly string[];
}

/** Where TLS material comes from: two given files, or else a folder of our own. */
export interface TlsSource {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly clientCaFile?: string | undefined;
  readonly folder: string;
  readonly names: readonly string[];
  readonly now: Date;
}

/**
 * Loads certificate and key of the TLS ports, and makes our own when none are given.
 *
 * Errors: `tls.file_unreadable`, `tls.pair_mismatch`, `tls.name_malformed`, `tls.ca_unusable`,
 * `tls.client_ca_unusable`.
 */
export async function loadTlsMaterial(source: TlsSource): Promise<TlsMaterial> {
  const clientCa = await loadClientCa(source.clientCaFile);
  return { ...(await loadServerMaterial(source)), ...(clientCa !== undefined && { clientCa }) };
}

async function loadClientCa(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const pem = await guardFiles(path, readFile(path, 'utf8'));
  try {
    if (new X509Certificate(pem).ca) return pem;
  } catch (cause) {
    throw new DomainError('tls.client_ca_unusable', `${path} is no PEM.`, {}, { cause });
  }
  throw new DomainError('tls.client_ca_unusable', `${path} is no certificate of an authority.`);
}

async function loadServerMaterial(source: TlsSource): Promise<TlsMaterial> {
  const { certFile, keyFile, folder, names, now } = source;
  if (certFile !== undefined && keyFile !== undefined) return loadPair(certFile, keyFile, now);
  if (certFile !== undefined || keyFile !== undefined) {
    throw new DomainError('tls.pair_mismatch', 'Give both TLS_CERT_FILE and TLS_KEY_FILE or none.');
  }
  const files = await guardFiles(folder, keepOwnCertificate(folder, parseTlsNames(names), now));
  return { ...(await loadPair(files.certificate, files.key, now)), caPath: files.authority };
}

async function loadPair(certFile: string, keyFile: string, now: Date): Promise<TlsMaterial> {
  const cert = await guardFiles(certFile, readFile(certFile, 'utf8'));
  const key = new Secret(await guardFiles(keyFile, readFile(keyFile, 'utf8')));
  const certificate = checkPair(cert, key, certFile, keyFile);
  return { cert, key, warnings: warningsOf(certificate, certFile, now) };
}

function checkPair(cert: string, key: Secret, certFile: string, keyFile: string): X509Certificate {
  const certificate = parsed(certFile, () => new X509Certificate(cert));
  const privateKey = parsed(keyFile, () => createPrivateKey(key.expose()));
  if (certificate.checkPrivateKey(privateKey)) return certificate;
  const detail = `The key in ${keyFile} does not belong to the certificate in ${certFile}.`;
  throw new DomainError('tls.pair_mismatch', detail);
}

function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new DomainError('tls.pair_mismatch', `${path} cannot be used as PEM.`, {}, { cause });
  }
}

function warningsOf(certificate: X509Certificate, path: string, now: Date): string[] {
  const warnings: string[] = [];
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa' || asymmetricKeyDetails?.modulusLength !== 2048) {
    warnings.push(`${path} is not RSA-2048; modules with the C SDKs 3.x and 4.x may not connect.`);
  }
  if (Date.parse(certificate.validTo) <= now.getTime()) {
    warnings.push(`${path} ended at ${certificate.validTo}; modules that check it do not connect.`);
  }
  return warnings;
}

async function guardFiles<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    const detail = `${path} cannot be read or written.`;
    throw new DomainError('tls.file_unreadable', detail, {}, { cause });
  }
}
