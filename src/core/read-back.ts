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

/** Tells whether a text shows a secret, in letters of either case. */
export function isShownIn(secret: Secret, text: string): boolean {
  return text.toLowerCase().includes(secret.expose().toLowerCase());
}

/** Units: hex digits of a fingerprint that are enough to tell one secret from the others. */
export const leastFingerprintDigits = 8;

/**
 * Tells whether a fingerprint that a module prints instead of its secret fits the secret.
 *
 * Shape: `printed` is the SHA-256 of the text of the secret as hex digits of either case, or its
 * first 8 digits or more.
 * Source: Nordic nRF91 AT commands, %CMNG (lists SHA-256 digests of what is stored), read 2026-11.
 */
export function isFingerprintOf(printed: Secret, secret: Secret): boolean {
  const digits = Buffer.from(printed.expose().toLowerCase());
  const expected = Buffer.from(secretFingerprint(secret));
  if (digits.length < leastFingerprintDigits || digits.length > expected.length) return false;
  return timingSafeEqual(digits, expected.subarray(0, digits.length));
}

/**
 * Computes the fingerprint that a module prints of the secret it holds.
 *
 * Shape: 64 lower-case hex digits, SHA-256 of the text of the secret.
 */
export function secretFingerprint(secret: Secret): string {
  return sha256(secret).toString('hex');
}

function sha256(secret: Secret): Buffer {
  return createHash('sha256').update(secret.expose()).digest();
}
