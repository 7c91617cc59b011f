import { createHash } from 'node:crypto';

/**
 * Gives an endless stream of bytes that depends on a seed text alone.
 *
 * Shape: SHA-256 of `seed:counter`, block after block; the same seed gives the same bytes.
 */
export function* seededBytes(seed: string): Generator<number, never, undefined> {
  for (let counter = 0; ; counter += 1) {
    yield* createHash('sha256')
      .update(`${seed}:${String(counter)}`)
      .digest();
  }
}

/** Gives so many decimal digits that depend on a seed text alone. */
export function seededDigits(seed: string, count: number): string {
  const bytes = seededBytes(seed);
  return Array.from({ length: count }, () => String(bytes.next().value % 10)).join('');
}
