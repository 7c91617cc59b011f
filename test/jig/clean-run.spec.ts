import { expect, it } from 'vitest';
import { families } from '../../src/simulator/families.js';
import { ClaimDesk } from './claim-desk.js';
import { bootMs, runSimulated } from './simulated-bench.js';
import { endOf, expectTruth } from './truth.js';

const familyOf = (name: string) =>
  families.find((family) => family.name === name) ?? expect.unreachable(name);

/** Every family that passes and tells when it has started; how often its unit is spoken to. */
it.each([
  ['lierda-nt35e', 'PASS', 14],
  ['esp-at', 'PASS', 20],
  ['nrf91', 'PASS', 18],
  ['eigencomm-ec616', 'PASS volatile', 10],
])(
  'a clean run of %s takes the time of its bytes and of its boot, and no other',
  async (...row) => {
    const [name, end, sends] = row;
    const desk = new ClaimDesk({ acceptVolatile: true });
    const run = await runSimulated({ family: familyOf(name), desk });
    expect(endOf(run)).toBe(end);
    const leastMs = run.wireMs + run.unit.counts.restarts * bootMs;
    expect(run.result.durationMs).toBeLessThanOrEqual(Math.ceil(leastMs));
    expect(run.traffic.match(/^> /gm)).toHaveLength(sends);
    expectTruth(run, desk);
  },
);
