import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DomainError } from '../../core/errors.js';
import type { MasterKey } from './key-provider.js';

const version = 1;
const nonceSizeBytes = 12;
const tagSizeBytes = 16;
const algorithm = 'aes-256-gcm';

/** A key that seals, under the name that a sealed value carries. */
type SealingKey = Pick<MasterKey, 'kid' | 'bytes'>;

/**
 * Seals bytes with one key, bound to a context.
 *
 * Shape: version (1 byte), length of kid (1 byte), kid, nonce (12), tag (16), ciphertext. The
 * header and `aad` are authenticated, so a value cannot be moved to another record or key.
 * Units: a random 96-bit nonce allows 2^32 values a key; orders and products stay far below.
 * Source: NIST SP 800-38D, 8.2.2 and 8.3.
 */
export function sealWith(key: SealingKey, plain: Buffer, aad: string): Buffer {
  const kid = Buffer.from(key.kid, 'latin1');
  const header = Buffer.concat([Buffer.of(version, kid.length), kid]);
  const nonce = randomBytes(nonceSizeBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagSizeBytes });
  cipher.setAAD(Buffer.concat([header, Buffer.from(aad, 'utf8')]));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext]);
}

/** Names the key a value is sealed with. Errors: `keys.seal_broken`. */
export function kidOf(sealed: Buffer): string {
  const end = headerSizeBytes(sealed);
  if (sealed[0] !== version || sealed.length < end + nonceSizeBytes + tagSizeBytes) throw broken();
  return sealed.toString('latin1', 2, end);
}

/** Opens a value with the key that `kidOf` names. Errors: `keys.seal_broken`. */
export function openWith(key: SealingKey, sealed: Buffer, aad: string): Buffer {
  const nonceAt = headerSizeBytes(sealed);
  const tagAt = nonceAt + nonceSizeBytes;
  const textAt = tagAt + tagSizeBytes;
  const nonce = sealed.subarray(nonceAt, tagAt);
  const decipher = createDecipheriv(algorithm, key.bytes, nonce, { authTagLength: tagSizeBytes });
  decipher.setAAD(Buffer.concat([sealed.subarray(0, nonceAt), Buffer.from(aad, 'utf8')]));
  decipher.setAuthTag(sealed.subarray(tagAt, textAt));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]);
  } catch (cause) {
    throw broken({ cause });
  }
}

function headerSizeBytes(sealed: Buffer): number {
  return 2 + (sealed[1] ?? 0);
}

function broken(options?: ErrorOptions): DomainError {
  const detail = 'A sealed value was changed or belongs to another record.';
  return new DomainError('keys.seal_broken', detail, {}, options);
}
