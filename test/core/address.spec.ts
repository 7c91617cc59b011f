import { describe, expect, it } from 'vitest';
import { isLoopback, plainAddress } from '../../src/core/address.js';

describe('an address', () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8::ffff:1', '2001:db8::ffff:1'],
    ['::1', '::1'],
  ])('%s is written %s', (address, expected) => {
    expect(plainAddress(address)).toBe(expected);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('%s is of this machine', (one) => {
    expect(isLoopback(one)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.example.com',
    '1127.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '',
    'localhost',
    '0.0.0.0',
    '::',
  ])('%j is not of this machine', (one) => {
    expect(isLoopback(one)).toBe(false);
  });
});
