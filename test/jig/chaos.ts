import { seededBytes } from '../../src/simulator/seeded-bytes.js';
import type { SimulatedUnit } from '../../src/simulator/simulated-unit.js';
import type { Trouble } from './simulated-bench.js';
import type { VirtualTime } from './virtual-time.js';

const strays = [
  '\r\n+CEREG: 1\r\n',
  '\r\nOK\r\n',
  '\r\nERROR\r\n',
  '\r\n+CME ERROR: 14\r\n',
  '\r\nbusy p...\r\n',
  '\r\n> ',
  '\0\xff\xfe',
  '\r\n',
  '0\r',
  'x'.repeat(5_000),
];

/**
 * A bad contact, a noisy line and an unsteady supply, all from one seed.
 *
 * Shape: each kind of trouble is off in most seeds, so that some units get through. What is put in
 * looks like an answer, but never like the start of a module: that would be a lie, not a trouble.
 * `isSteady` leaves the restarts out, for what forgets at a restart may do so after its last word.
 * Units: milliseconds.
 */
export function chaos(
  seed: number,
  isSteady: boolean,
): (unit: SimulatedUnit, time: VirtualTime) => Trouble {
  const bytes = seededBytes(`chaos:${String(seed)}`);
  const next = (): number => (bytes.next().value * 256 + bytes.next().value) / 65_536;
  const rate = (most: number): number => (next() < 0.6 ? 0 : next() * most);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)];
  const [lost, spoilt, stray, twice] = [rate(0.02), rate(0.01), rate(0.2), rate(0.05)];
  const openings = Array.from({ length: next() < 0.5 ? 0 : 3 }, () => {
    const fromMs = next() * 40_000;
    return { fromMs, toMs: fromMs + next() * 25_000 };
  });
  const restartsAtMs = Array.from(
    { length: isSteady || next() < 0.6 ? 0 : 2 },
    () => next() * 4_000,
  );

  return (unit, time) => {
    for (const atMs of restartsAtMs) {
      time.start(atMs, unit.restart);
    }
    return (sent, to) => {
      const now = time.now();
      if (openings.some(({ fromMs, toMs }) => fromMs <= now && now < toMs)) {
        return Buffer.alloc(0);
      }
      const arrived = [...sent].flatMap((byte) => {
        const chance = next();
        if (chance < lost) {
          return [];
        }
        return [chance < lost + spoilt ? byte ^ (1 << Math.floor(next() * 8)) : byte];
      });
      const isStray = to === 'jig' && next() < stray;
      const text = Buffer.from(isStray ? (pick(strays) ?? '') : '', 'latin1');
      const whole = Buffer.from(next() < twice ? [...arrived, ...arrived] : arrived);
      return next() < 0.5 ? Buffer.concat([text, whole]) : Buffer.concat([whole, text]);
    };
  };
}
