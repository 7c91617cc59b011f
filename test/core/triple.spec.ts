import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isDeviceName,
  makeProductKey,
  makeProductSecret,
  productKeyPattern,
  productKeyRandomBytes,
  productSecretPattern,
  productSecretRandomBytes,
} from '../../src/core/triple.js';

describe('a product key made here', () => {
  it('is a1 and nine alphanumerics, and fits the pattern of given ones', () => {
    for (let count = 0; count < 500; count += 1) {
      const key = makeProductKey(randomBytes(productKeyRandomBytes));
      expect(key).toMatch(/^a1[A-Za-z0-9]{9}$/);
      expect(key).toMatch(productKeyPattern);
    }
  });

  it('comes from the bytes alone', () => {
    const bytes = Uint8Array.from({ length: productKeyRandomBytes }, (_, index) => index);
    expect(makeProductKey(bytes)).toBe('a1abcdefghi');
  });
});

describe('a product secret made here', () => {
  it('has 16 alphanumerics and fits the pattern of given ones', () => {
    for (let count = 0; count < 500; count += 1) {
      const secret = makeProductSecret(randomBytes(productSecretRandomBytes)).expose();
      expect(secret).toMatch(/^[A-Za-z0-9]{16}$/);
      expect(secret).toMatch(productSecretPattern);
    }
  });
});

describe('a device name', () => {
  it.each(['abcd', 'x'.repeat(32), 'A-z_0.9@:', '....'])('may be %s', (name) => {
    expect(isDeviceName(name)).toBe(true);
  });

  it.each([
    '',
    'abc',
    'x'.repeat(33),
    'with space',
    'line\n',
    'unit\n',
    'a/bc',
    'a&bc',
    'a|bc',
    '设备一号',
    'a+bc',
    'a#bc',
    'ab\0c',
  ])('may not be %j', (name) => {
    expect(isDeviceName(name)).toBe(false);
  });
});
