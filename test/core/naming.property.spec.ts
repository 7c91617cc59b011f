import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badNames, sequenceName } from '../../src/core/naming.js';
import type { SequenceNaming } from '../../src/core/naming.js';
import { isDeviceName } from '../../src/core/triple.js';

const goodPrefix = fc.string({
  unit: fc.constantFrom(...Array.from('abzAZ09_-@.:')),
  minLength: 0,
  maxLength: 34,
});
const anyPrefix = fc.oneof(goodPrefix, fc.string({ maxLength: 6 }));
/** Starts near a power of ten, where a number grows by a digit. */
const start = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -40, max: 40 }))
  .map(([power, offset]) => Math.max(0, 10 ** power + offset));
const anyNaming: fc.Arbitrary<SequenceNaming> = fc.record({
  kind: fc.constant('sequence' as const),
  prefix: anyPrefix,
  start,
  width: fc.integer({ min: 1, max: 32 }),
});
/** Names that reach 32 characters, or miss them by a few, where their number grows. */
const longNaming = fc.tuple(start, fc.integer({ min: -2, max: 1 })).map(([first, offset]) => ({
  kind: 'sequence' as const,
  prefix: 'x'.repeat(32 - String(first).length + offset),
  start: first,
  width: 1,
}));
const naming = fc.oneof(anyNaming, longNaming);

/** Every bad name of an order, one by one. */
function allBadNames(sequence: SequenceNaming, quantity: number): string[] {
  const names = Array.from({ length: quantity }, (_, index) => sequenceName(sequence, index));
  return names.filter((name) => !isDeviceName(name));
}

describe('the bad names of an order', () => {
  it('are exactly the first of those that a look at every name finds', () => {
    fc.assert(
      fc.property(
        naming,
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 12 }),
        (sequence, quantity, most) => {
          const expected = allBadNames(sequence, quantity).slice(0, most);
          expect(badNames(sequence, quantity, most)).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['are too short at the beginning', { prefix: 'ab', start: 8, width: 1 }, 3, ['ab8', 'ab9']],
    [
      'are too long from where the number grows',
      { prefix: 'x'.repeat(30), start: 98, width: 2 },
      4,
      [`${'x'.repeat(30)}100`, `${'x'.repeat(30)}101`],
    ],
    ['hold what no name may hold', { prefix: 'no ', start: 1, width: 2 }, 2, ['no 01', 'no 02']],
    ['are none when all are good', { prefix: 'unit_', start: 1, width: 6 }, 5000, []],
  ] as const)('%s', (_, sequence, quantity, expected) => {
    expect(badNames({ kind: 'sequence', ...sequence }, quantity)).toEqual(expected);
  });

  it('of ten million are found without walking them', () => {
    const before = performance.now();
    const found = badNames({ kind: 'sequence', prefix: 'ab', start: 9, width: 1 }, 10_000_000);
    expect(found).toEqual(['ab9']);
    expect(performance.now() - before).toBeLessThan(100);
  });
});

describe('the names of an order', () => {
  it('are all different and as wide as asked', () => {
    fc.assert(
      fc.property(naming, fc.integer({ min: 1, max: 200 }), (sequence, quantity) => {
        const names = Array.from({ length: quantity }, (_, index) => sequenceName(sequence, index));
        expect(new Set(names).size).toBe(quantity);
        const shortest = sequence.prefix.length + sequence.width;
        expect(names.every((name) => name.length >= shortest)).toBe(true);
      }),
    );
  });
});
