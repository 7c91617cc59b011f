import { expect, it } from 'vitest';
import { defaultLimits } from '../../src/jig/slot-options.js';
import { slotReasons } from '../../src/jig/slot-result.js';
import { families } from '../../src/simulator/families.js';
import { chaos } from './chaos.js';
import { ClaimDesk } from './claim-desk.js';
import { runSimulated } from './simulated-bench.js';
import { endOf, expectTruth } from './truth.js';

/** Those that show what they hold and need no network: the others never pass. */
const proving = ['lierda-nt35e', 'quectel-bc26', 'eigencomm-ec616', 'esp-at', 'nrf91'];
const seeds = Array.from({ length: 16 }, (_, at) => at);

it.each(proving)(
  '%s in chaos: the slot ends in its time with a reason, and no PASS is a lie',
  async (name) => {
    const family = families.find((known) => known.name === name) ?? expect.unreachable(name);
    const ends = new Map<string, number>();
    for (const seed of seeds) {
      const desk = new ClaimDesk({ acceptVolatile: seed % 2 === 0 });
      const run = await runSimulated({
        family,
        desk,
        seed,
        trouble: chaos(seed, family.keeps === 'ram'),
      });
      const { result, unit } = run;
      expect(result.durationMs).toBeLessThanOrEqual(defaultLimits.slotMs + defaultLimits.failMs);
      if (result.outcome === 'PASS' && !result.isVolatile) {
        expect(unit.counts.restarts).toBeGreaterThan(0);
      }
      if (result.outcome !== 'PASS') {
        expect(Object.keys(slotReasons)).toContain(result.reason);
        expect(result.reason).not.toBe('internal');
      }
      expectTruth(run, desk);
      ends.set(endOf(run), (ends.get(endOf(run)) ?? 0) + 1);
    }
    // A chaos that nothing survives, or that spoils nothing, would prove nothing.
    expect([...ends.keys()].some((end) => end.startsWith('PASS'))).toBe(true);
    expect(ends.size).toBeGreaterThan(2);
  },
);
