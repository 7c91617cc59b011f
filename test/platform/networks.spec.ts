import { describe, expect, it } from 'vitest';
import { isNetwork, networkTest } from '../../src/platform/networks.js';

describe('a network', () => {
  it.each(['10.0.0.0/8', '192.0.2.1/32', '0.0.0.0/0', '2001:db8::/32', '::/0', 'fd00::/128'])(
    'is %s',
    (text) => {
      expect(isNetwork(text)).toBe(true);
    },
  );

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '2001:db8::/129', '::/', 'lan/8', '', '/8'])(
    'is not %j',
    (text) => {
      expect(isNetwork(text)).toBe(false);
    },
  );

  it('holds every address when there is none', () => {
    expect(networkTest([])('')).toBe(true);
  });

  it('holds its own addresses and no others, of either family', () => {
    const isIn = networkTest(['10.1.0.0/16', 'fd00::/8']);
    expect(['10.1.255.255', '::ffff:10.1.0.1', 'fd12::1'].map(isIn)).toEqual([true, true, true]);
    expect(['10.2.0.0', '::1', 'fe80::1', 'nonsense'].map(isIn)).toEqual(Array(4).fill(false));
  });
});
