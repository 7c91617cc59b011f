import { expect, it } from 'vitest';
import { UnitEnds } from '../../src/agent/unit-ends.js';
import type { Outcome, SlotResult } from '../../src/jig/slot-result.js';

const ended = (slot: number, imei: string, outcome: Outcome = 'PASS'): SlotResult => ({
  slot,
  outcome,
  unit: { imei },
  claimId: `clm-${imei}`,
  tries: 1,
  isVolatile: false,
  durationMs: 1,
  transcript: [],
});

it('the end of a loop names what has not passed', () => {
  const ends = new UnitEnds();
  ends.take(ended(1, '1'));
  expect(ends.text).toBe('units: 1 passed');
  ends.take(ended(2, '2', 'FAIL'));
  ends.take(ended(2, '3', 'FAIL'));
  ends.take(ended(1, '3'));
  expect(ends.text).toBe('units: 2 passed, 1 did not: 2');
});

it('a unit whose result the service has refused since has not passed, until it is worked on again', () => {
  const ends = new UnitEnds();
  ends.begin('clm-1');
  ends.take(ended(1, '1'));
  ends.refuse('clm-1');
  expect(ends.unpassed).toEqual(['1']);
  ends.begin('clm-1');
  ends.take(ended(1, '1'));
  expect(ends.unpassed).toEqual([]);
});

it('what was refused of an earlier agent is not held against what came of the unit here', () => {
  const ends = new UnitEnds();
  ends.refuse('clm-1');
  ends.begin('clm-1');
  ends.take(ended(1, '1'));
  expect(ends.text).toBe('units: 1 passed');
});

it('a unit that cannot be worked on has not passed, unless it is worked on before it is taken off', () => {
  const ends = new UnitEnds();
  for (const isUnworked of [false, true, true, false, false, true]) ends.look(2, isUnworked);
  expect(ends.text).toBe('units: 0 passed, 2 did not: slot 2, slot 2');
  ends.take(ended(2, '1'));
  ends.look(2, false);
  expect(ends.text).toBe('units: 1 passed, 1 did not: slot 2');
});
