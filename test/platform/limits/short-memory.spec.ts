import { describe, expect, it } from 'vitest';
import { ShortMemory } from '../../../src/platform/limits/short-memory.js';

function memory(maxEntries = 100): ShortMemory<string> {
  return new ShortMemory({ maxEntries, ttlMs: 1000 });
}

describe('a short memory', () => {
  it('answers what was kept until its time is over, and a newer answer for longer', () => {
    const kept = memory();
    kept.keep(kept.epoch, 'pk dn', 'first', 0);
    expect([999, 1000].map((nowMs) => kept.find('pk dn', nowMs))).toEqual(['first', undefined]);
    kept.keep(kept.epoch, 'pk dn', 'second', 500);
    expect(kept.find('pk dn', 1499)).toBe('second');
    expect(kept.find('pk other', 500)).toBeUndefined();
  });

  it('forgets one, a group, or all', () => {
    const kept = memory();
    const keys = ['pk1 a', 'pk1 b c', 'pk10 a', 'pk2 a'];
    const left = () => keys.filter((key) => kept.find(key, 0) !== undefined);
    for (const key of keys) kept.keep(kept.epoch, key, 'x', 0);
    kept.forget('pk1 a');
    expect(left()).toEqual(['pk1 b c', 'pk10 a', 'pk2 a']);
    kept.forget('pk1');
    expect(left()).toEqual(['pk10 a', 'pk2 a']);
    kept.forget();
    expect(left()).toEqual([]);
  });

  it.each(['pk dn', 'pk', 'other dn', undefined])(
    'keeps nothing that was asked for before it forgot %s',
    (forgotten) => {
      const kept = memory();
      const { epoch } = kept;
      kept.forget(forgotten);
      kept.keep(epoch, 'pk dn', 'read before', 0);
      expect(kept.find('pk dn', 0)).toBeUndefined();
    },
  );

  it('has a bound, and keeps the newest', () => {
    const kept = memory(100);
    for (let index = 0; index < 1000; index += 1) {
      kept.keep(kept.epoch, `${index}`, `${index}`, 0);
      expect(kept.size).toBeLessThanOrEqual(100);
      for (const age of [0, 20, 49]) {
        if (age <= index) expect(kept.find(`${index - age}`, 0)).toBe(`${index - age}`);
      }
    }
  });
});
