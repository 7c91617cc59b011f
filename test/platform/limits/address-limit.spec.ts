import { describe, expect, it } from 'vitest';
import { AddressLimit } from '../../../src/platform/limits/address-limit.js';

function taken(limit: AddressLimit, addresses: readonly string[], nowMs = 0): number {
  return addresses.filter((address) => limit.take(address, nowMs)).length;
}
const times = (count: number, address: string) => Array.from({ length: count }, () => address);

describe('the limit of an address', () => {
  it('is a burst of ten seconds, then its rate, and touches no other address', () => {
    const limit = new AddressLimit(5);
    expect(taken(limit, times(60, '192.0.2.1'))).toBe(50);
    expect(taken(limit, times(60, '192.0.2.1'), 1000)).toBe(5);
    expect(taken(limit, times(60, '192.0.2.2'), 1000)).toBe(50);
  });

  it('is none at 0, and none for an address that nobody knows', () => {
    expect(taken(new AddressLimit(0), times(5000, '192.0.2.1'))).toBe(5000);
    expect(taken(new AddressLimit(1), times(5000, ''))).toBe(5000);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', true],
    ['2001:db8::1', '2001:db8:0:0:5::', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '::2', true],
    ['::1', '1::', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('takes a /64 for one subscriber: %s and %s', (one, other, isShared) => {
    const limit = new AddressLimit(1);
    expect(taken(limit, times(10, one))).toBe(10);
    expect(limit.take(other, 0)).toBe(!isShared);
  });
});
