import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.js';

/**
 * Computes the digest by which a jig proves that it read the device secret back.
 *
 * Shape: 64 lower-case hex digits, HMAC-SHA256(key = text of the device secret, message = claim id).
 */
export function readBackDigest(secret: Secret, claimId: string): string {
  return createHmac('sha256', secret.expose()).update(claimId).digest('hex');
}

/** Tells in constant time whether two secrets hold the same text. */
export function isSameSecret(left: Secret, right: Secret): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

/**
 * Tells whether a fingerprint that a module prints instead of its secret fits the secret.
 *
 * Shape: `printed` holds the SHA-256 of the secret as hex digits of either case.
 */
export function isFingerprintOf(printed: Secret, secret: Secret): boolean {
  const bytes = Buffer.from(printed.expose(), 'hex');
  return bytes.length === 32 && timingSafeEqual(bytes, sha256(secret));
}

function sha256(secret: Secret): Buffer {
  return createHash('sha256').update(secret.expose()).digest();
}
