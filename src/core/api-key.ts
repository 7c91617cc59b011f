import { hash } from 'node:crypto';
import { Secret } from './secret.js';

/** Size of the random part of an API key. Units: bytes. */
export const apiKeyRandomBytes = 32;

/** Makes an API key `tm_…` from `apiKeyRandomBytes` random bytes. */
export function makeApiKey(random: Uint8Array): Secret {
  return new Secret(`tm_${Buffer.from(random).toString('base64url')}`);
}

/** What is stored of an API key. Shape: SHA-256, 32 bytes; the key itself has 256 random bits. */
export function apiKeyDigest(key: Secret): Buffer {
  return hash('sha256', key.expose(), 'buffer');
}

/** The visible beginning of an API key, by which people tell keys apart. Shape: 7 characters. */
export function apiKeyPrefix(key: Secret): string {
  return key.expose().slice(0, 7);
}
