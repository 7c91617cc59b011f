import { describe, expect, it } from 'vitest';
import { KeyMemory } from '../../src/access/key-memory.js';
import type { KnownKey } from '../../src/access/key-memory.js';

const principal = { keyId: 1, role: 'admin', label: 'key-1 (admin)', stationId: null } as const;
const key: KnownKey = {
  principal,
  maxPerSecond: null,
  isStationDisabled: false,
  endsAtMs: Infinity,
};

describe('a key that was seen', () => {
  it('is known for five seconds, then it is looked at again', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'a', key, 1000);
    expect(memory.find('a', 5999)).toBe(key);
    expect(memory.find('a', 6000)).toBeUndefined();
    expect(memory.wasKnown('a')).toBe(true);
    expect(memory.find('b', 1000)).toBeUndefined();
    expect(memory.wasKnown('b')).toBe(false);
  });

  it('is not known longer than it is valid', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'a', { ...key, endsAtMs: 1200 }, 1000);
    expect(memory.find('a', 1199)).toBeDefined();
    expect(memory.find('a', 1200)).toBeUndefined();
  });

  it('is looked at again after any key has changed', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'a', key, 1000);
    memory.forget();
    expect(memory.find('a', 1001)).toBeUndefined();
    memory.keep(memory.epoch, 'a', key, 1001);
    expect(memory.find('a', 1002)).toBe(key);
  });

  it('is not known by what was read before a change', () => {
    const memory = new KeyMemory();
    const { epoch } = memory;
    memory.forget();
    memory.keep(epoch, 'a', key, 1000);
    memory.keep(epoch, 'b', undefined, 1000);
    expect(memory.find('a', 1001)).toBeUndefined();
    expect(memory.isUnknown('b', 1001)).toBe(false);
  });
});

describe('a key that opens nothing', () => {
  it('is known as such for a minute, or until any key has changed', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'a', undefined, 1000);
    expect(memory.isUnknown('a', 60_999)).toBe(true);
    expect(memory.isUnknown('a', 61_000)).toBe(false);
    memory.forget();
    expect(memory.isUnknown('a', 1001)).toBe(false);
  });

  it('was not known, even when it was right before', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'a', key, 1000);
    memory.keep(memory.epoch, 'a', undefined, 7000);
    expect(memory.wasKnown('a')).toBe(false);
    expect(memory.find('a', 7001)).toBeUndefined();
  });

  it('drives no right one out, however many there are', () => {
    const memory = new KeyMemory();
    memory.keep(memory.epoch, 'right', key, 1000);
    for (let wrong = 0; wrong < 30_000; wrong += 1) {
      memory.keep(memory.epoch, `wrong ${wrong}`, undefined, 1000);
    }
    expect(memory.find('right', 1001)).toBe(key);
    expect(memory.isUnknown('wrong 29999', 1001)).toBe(true);
    expect(memory.isUnknown('wrong 0', 1001)).toBe(false);
  });
});
