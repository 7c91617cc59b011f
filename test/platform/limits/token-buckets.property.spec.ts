import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../../src/platform/limits/token-buckets.js';

const rates = fc.record({
  perSecond: fc.constantFrom(0.5, 1, 3, 10, 1000),
  burst: fc.integer({ min: 1, max: 40 }),
});
const steps = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 })),
  }),
  { maxLength: 300 },
);

/** The textbook: a count of tokens that grows with time. */
class Textbook {
  readonly #tokens = new Map<string, { left: number; atMs: number }>();

  take(key: string, rate: { perSecond: number; burst: number }, nowMs: number): boolean {
    const { left, atMs } = this.#tokens.get(key) ?? { left: rate.burst, atMs: nowMs };
    const grown = Math.min(rate.burst, left + ((nowMs - atMs) / 1000) * rate.perSecond);
    const isTaken = grown >= 1 - 1e-6;
    this.#tokens.set(key, { left: grown - (isTaken ? 1 : 0), atMs: nowMs });
    return isTaken;
  }
}

describe('token buckets', () => {
  it('decide as a bucket of tokens does, each key by itself', () => {
    fc.assert(
      fc.property(rates, steps, (rate, taking) => {
        const [buckets, textbook] = [new TokenBuckets(100), new Textbook()];
        let nowMs = 1e9;
        for (const { key, waitMs } of taking) {
          nowMs += waitMs;
          expect(buckets.take(key, rate, nowMs)).toBe(textbook.take(key, rate, nowMs));
        }
      }),
    );
  });

  it('give a key no more than burst and rate, in any span, whatever it asks', () => {
    fc.assert(
      fc.property(rates, steps, (rate, taking) => {
        const buckets = new TokenBuckets(100);
        const takenAtMs: number[] = [];
        let nowMs = 0;
        for (const { waitMs } of taking) {
          nowMs += waitMs;
          if (buckets.take('a', rate, nowMs)) takenAtMs.push(nowMs);
        }
        for (const [from, fromMs] of takenAtMs.entries()) {
          const spanMs = (takenAtMs.at(-1) ?? fromMs) - fromMs;
          const allowed = rate.burst + (spanMs / 1000) * rate.perSecond + 1e-3;
          expect(takenAtMs.length - from).toBeLessThanOrEqual(allowed);
        }
      }),
    );
  });

  it('never remember more keys than they may', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 2, max: 20 }), (asking, maxKeys) => {
        const buckets = new TokenBuckets(maxKeys);
        for (const [index, key] of asking.entries()) {
          buckets.take(`${key}`, { perSecond: 1, burst: 2 }, index * 100);
          expect(buckets.size).toBeLessThanOrEqual(maxKeys);
        }
      }),
    );
  });
});

describe('a full memory', () => {
  const rate = { perSecond: 1, burst: 3 };

  it('lets full buckets go before an empty one that is older', () => {
    const buckets = new TokenBuckets(40);
    for (let count = 0; count < 3; count += 1) buckets.take('greedy', rate, 0);
    for (let index = 0; index < 1000; index += 1) buckets.take(`modest ${index}`, rate, index * 2);
    const taken = [1, 2, 3].filter(() => buckets.take('greedy', rate, 2000));
    expect(taken).toHaveLength(2); // what two seconds gave, no burst once more
  });

  it('keeps whoever goes on asking, however many others come by', () => {
    const buckets = new TokenBuckets(50);
    let taken = 0;
    for (let index = 0; index < 5000; index += 1) {
      if (buckets.take('greedy', rate, index)) taken += 1;
      buckets.take(`passer-by ${index}`, rate, index);
    }
    expect(taken).toBe(3 + 4); // five seconds
  });
});
