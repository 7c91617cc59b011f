import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { isFingerprintOf, isSameSecret, readBackDigest } from '../../src/core/read-back.js';
import { Secret } from '../../src/core/secret.js';

const text = '390358fc595040aa73221e8393aba86c';
const secret = new Secret(text);

it('proves a read-back by HMAC-SHA256 under the text of the secret', () => {
  const expected = createHmac('sha256', text).update('clm_1').digest('hex');
  expect(readBackDigest(secret, 'clm_1')).toBe(expected);
  expect(readBackDigest(secret, 'clm_2')).not.toBe(expected);
});

it('compares secrets by their text, whatever the length', () => {
  expect(isSameSecret(secret, new Secret(text))).toBe(true);
  expect(isSameSecret(secret, new Secret(`${text} `))).toBe(false);
  expect(isSameSecret(secret, new Secret(''))).toBe(false);
});

it('compares a printed SHA-256 with the secret, in either case', () => {
  const print = createHash('sha256').update(text).digest('hex');
  expect(isFingerprintOf(new Secret(print.toUpperCase()), secret)).toBe(true);
  expect(isFingerprintOf(new Secret(print), new Secret(`${text}0`))).toBe(false);
});

it('takes the first eight digits of a fingerprint or more, and not one of them wrong', () => {
  const print = createHash('sha256').update(text).digest('hex');
  for (let length = 0; length <= 64; length += 1) {
    const printed = print.slice(0, length);
    expect(isFingerprintOf(new Secret(printed), secret)).toBe(length >= 8);
    const flipped = printed.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect(isFingerprintOf(new Secret(flipped), secret)).toBe(false);
  }
  expect(isFingerprintOf(new Secret(`${print}0`), secret)).toBe(false);
  expect(isFingerprintOf(new Secret('é'.repeat(8)), secret)).toBe(false);
});
