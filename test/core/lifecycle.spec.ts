import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveOrderState, orderStates, remaining } from '../../src/core/lifecycle.js';

describe('remaining', () => {
  it.each([
    ['nothing minted yet', { quota: 10, shown: 0, free: 0 }, 0],
    ['all there', { quota: 10, shown: 0, free: 10 }, 10],
    ['a quota below the quantity', { quota: 4, shown: 1, free: 9 }, 3],
    ['the quota used up', { quota: 4, shown: 4, free: 6 }, 0],
    ['a free triple voided before it was shown', { quota: 10, shown: 2, free: 7 }, 7],
  ])('with %s is %j -> %i', (_, count, expected) => {
    expect(remaining(count)).toBe(expected);
  });

  it('goes down by one with each triple that is shown', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), (more, shown, others) => {
        const quota = shown + more + 1;
        const free = others + 1;
        const left = remaining({ quota, shown, free });
        expect(remaining({ quota, shown: shown + 1, free: free - 1 })).toBe(left - 1);
      }),
    );
  });
});

describe('the state of an order', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const before = new Date(now.getTime() - 1);
  const after = new Date(now.getTime() + 1);

  it('becomes expired at its end and not before', () => {
    expect(effectiveOrderState({ state: 'open', expiresAt: after, heldAt: null }, now)).toBe(
      'open',
    );
    expect(effectiveOrderState({ state: 'open', expiresAt: now, heldAt: null }, now)).toBe(
      'expired',
    );
    expect(effectiveOrderState({ state: 'open', expiresAt: before, heldAt: null }, now)).toBe(
      'expired',
    );
    expect(effectiveOrderState({ state: 'open', expiresAt: null, heldAt: null }, now)).toBe('open');
    expect(effectiveOrderState({ state: 'open', expiresAt: before, heldAt: now }, now)).toBe(
      'held',
    );
  });

  it.each(orderStates.filter((state) => state !== 'open'))('stays %s past its end', (state) => {
    expect(effectiveOrderState({ state, expiresAt: before, heldAt: before }, now)).toBe(state);
  });
});
