import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomText } from '../../src/core/random-text.js';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Bytes that look random and are the same in every run. */
function fixedBytes(sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, index) =>
    createHash('sha256').update(`seed ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

/** How far the counts of letters are from even. Source: Pearson's chi-squared test. */
function chiSquared(text: string): number {
  const expected = text.length / letters.length;
  const counts = new Map(Array.from(letters).map((letter) => [letter, 0]));
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? NaN) + 1);
  return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('a random text', () => {
  it('prefers no letter: chi-squared of 62 letters stays below the 99.9 % quantile', () => {
    const drawn = randomText(letters, 62_000, fixedBytes(70_000));
    expect(chiSquared(drawn)).toBeLessThan(100.9); // 61 degrees of freedom
  });

  it('has the asked length and only letters of the alphabet', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.uint8Array({ minLength: 400, maxLength: 400 }),
        (length, bytes) => {
          fc.pre(bytes.filter((byte) => byte < 248).length >= length);
          expect(randomText(letters, length, bytes)).toMatch(
            new RegExp(`^[A-Za-z0-9]{${length}}$`),
          );
        },
      ),
    );
  });

  it('skips the bytes that would favour the first letters', () => {
    expect(randomText(letters, 2, Uint8Array.of(248, 255, 247, 0))).toBe('9A');
    expect(randomText('ab', 3, Uint8Array.of(255, 254, 3))).toBe('bab');
  });

  it('refuses to be shorter than asked', () => {
    expect(() => randomText(letters, 3, Uint8Array.of(1, 2, 250))).toThrow(RangeError);
    expect(() => randomText(letters, 1, new Uint8Array())).toThrow(RangeError);
    expect(randomText(letters, 0, new Uint8Array())).toBe('');
  });
});
