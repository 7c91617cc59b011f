import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveOrderState, orderStates, remaining } from '../../src/core/lifecycle.js';

describe('what remains of an order', () => {
  it.each([
    ['all of a fresh order', { quota: 100, minted: 100, shown: 0 }, 100],
    ['what is minted so far', { quota: 100, minted: 40, shown: 0 }, 40],
    ['no more than the quota', { quota: 30, minted: 100, shown: 10 }, 20],
    ['nothing when the quota is shown', { quota: 30, minted: 100, shown: 30 }, 0],
    ['nothing when the order was refused', { quota: 30, minted: 0, shown: 0 }, 0],
    ['nothing, and no debt, after the quota was lowered', { quota: 5, minted: 100, shown: 9 }, 0],
  ])('is %s', (_, count, expected) => {
    expect(remaining(count)).toBe(expected);
  });

  it('never lets quota or stock be exceeded, and falls by one with each triple shown', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), (quota, minted, shown) => {
        const left = remaining({ quota, minted, shown });
        expect(left).toBeGreaterThanOrEqual(0);
        if (left === 0) return;
        expect(shown + left).toBe(Math.min(quota, minted));
        expect(remaining({ quota, minted, shown: shown + 1 })).toBe(left - 1);
      }),
    );
  });
});

describe('the state of an order', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const before = new Date(now.getTime() - 1);
  const after = new Date(now.getTime() + 1);

  it('becomes expired at its end and not before', () => {
    expect(effectiveOrderState({ state: 'open', expiresAt: after }, now)).toBe('open');
    expect(effectiveOrderState({ state: 'open', expiresAt: now }, now)).toBe('expired');
    expect(effectiveOrderState({ state: 'open', expiresAt: before }, now)).toBe('expired');
    expect(effectiveOrderState({ state: 'open', expiresAt: null }, now)).toBe('open');
  });

  it.each(orderStates.filter((state) => state !== 'open'))('stays %s past its end', (state) => {
    expect(effectiveOrderState({ state, expiresAt: before }, now)).toBe(state);
  });
});
