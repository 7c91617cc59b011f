import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { randomBytes, webcrypto } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { TlsName } from './names.js';

const signing = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** The clock of a module may be behind ours by a little. */
const headStartMs = dayMs;
const authorityDays = 3650;
const serverDays = 730;

/** A certificate and its private key, both PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes a private key. Shape: PKCS #8 PEM, RSA-2048.
 *
 * The C SDKs of the field speak static RSA only and fail on larger keys and on ECDSA.
 */
export async function makePrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Makes a certificate authority of our own. Units: valid for 10 years; RSA-2048, SHA-256. */
export async function makeAuthority(now: Date): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const key = await makePrivateKey();
  // A distinct name: a client that trusts two of our authorities must be able to tell them apart.
  const name = [{ CN: [`Triplemint CA ${randomBytes(4).toString('hex')}`] }];
  const publicKey = publicKeyOf(key);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(now, authorityDays),
    subject: name,
    issuer: name,
    publicKey,
    signingKey: await signingKeyOf(key),
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate: pem(certificate.toString('pem')), key };
}

/**
 * Issues a server certificate for a private key.
 *
 * Shape: PEM chain, server first; `keyEncipherment` is what static-RSA key exchange asks for.
 * Units: valid for 2 years, never longer than the authority; RSA-2048, SHA-256.
 */
export async function issueServerCertificate(
  authority: CertificateAndKey,
  serverKey: string,
  names: readonly TlsName[],
  now: Date,
): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const { notBefore, notAfter } = validity(now, serverDays);
  const publicKey = publicKeyOf(serverKey);
  const certificate = await x509.X509CertificateGenerator.create({
    notBefore: notBefore < issuer.notBefore ? issuer.notBefore : notBefore,
    notAfter: notAfter > issuer.notAfter ? issuer.notAfter : notAfter,
    subject: [{ CN: [commonName(names)] }],
    issuer: issuer.subjectName,
    publicKey,
    signingKey: await signingKeyOf(authority.key),
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return pem(certificate.toString('pem')) + pem(authority.certificate);
}

/** Tells whether an authority issued a certificate. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** The library is loaded only when a certificate is made: it costs a tenth of a second of start. */
async function loadX509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - headStartMs),
    notAfter: new Date(now.getTime() + days * dayMs),
  };
}

/** Old clients look here when they do not read the alternative names. Units: 64 characters. */
function commonName(names: readonly TlsName[]): string {
  return names.find(({ value }) => value.length <= 64)?.value ?? 'triplemint';
}

function publicKeyOf(key: string): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

async function signingKeyOf(key: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, signing, false, ['sign']);
}

function pem(text: string): string {
  return `${text.trim()}\n`;
}
