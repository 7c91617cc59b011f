import { expect, it } from 'vitest';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { dialects } from '../../src/at/find-dialect.js';
import { neutralDialect } from '../../src/at/detect.js';
import type { SlotResult } from '../../src/jig/slot-result.js';
import { lierdaNt35e } from '../../src/simulator/families/lierda-nt35e.js';
import { ClaimDesk } from './claim-desk.js';
import { runSimulated } from './simulated-bench.js';
import type { BenchOptions } from './simulated-bench.js';

const baudRates = [115_200, 9_600, 57_600, 460_800];
const dialect = { ...lierdaLmqtt, uart: { baudRates, hasAutobaud: false } };
const last = 460_800;

function run(options: Partial<BenchOptions>) {
  return runSimulated({
    family: lierdaNt35e,
    desk: new ClaimDesk(),
    slot: { dialect },
    ...options,
  });
}

function notesOf({ transcript }: SlotResult): string[] {
  return transcript.filter(({ direction }) => direction === 'note').map(({ text }) => text);
}

/** Units: milliseconds from the start to the first thing that was read. */
const foundAtMs = ({ transcript }: SlotResult): number =>
  transcript.find(({ text }) => text.startsWith('answers at'))?.atMs ?? Infinity;

it.each([false, true])(
  'a module at the last of four rates is found within five seconds (garbage at the others: %s)',
  async (isGarbled) => {
    const { result } = await run({ rates: { first: last, isGarbled } });
    expect(result).toMatchObject({ outcome: 'PASS' });
    expect(notesOf(result).slice(0, 4)).toEqual([
      'tried at 9600 baud',
      'tried at 57600 baud',
      'tried at 460800 baud',
      'answers at 460800 baud',
    ]);
    // Three looks of 1200 ms, the quiet before each look but the first, an answer in pieces.
    expect(foundAtMs(result)).toBeLessThan(3 * 1_200 + 3 * 150 + 500);
  },
);

it('a module whose dialect is not known is found at the last rate of all dialects', async () => {
  const all = neutralDialect(dialects).uart.baudRates;
  const first = all.at(-1) ?? 0;
  const { result } = await run({ rates: { first }, slot: { dialect: undefined } });
  expect(result).toMatchObject({ outcome: 'PASS', dialect: 'lierda-lmqtt' });
  expect(foundAtMs(result)).toBeLessThan((all.length - 1) * 1_350 + 500);
});

it('a module that boots for long is found all the same', async () => {
  const { result } = await run({ rates: { first: last }, bootMs: 8_000 });
  expect(result).toMatchObject({ outcome: 'PASS' });
});

it('a module at no rate of the list is given up when the patience of its dialect is over', async () => {
  const { result } = await run({ rates: { first: 1_200 } });
  expect(result).toMatchObject({ outcome: 'TIMEOUT', reason: 'no_answer' });
  const { tries, tryMs } = lierdaLmqtt.sync;
  expect(result.durationMs).toBeGreaterThanOrEqual(tries * tryMs);
  expect(result.durationMs).toBeLessThan(2 * tries * tryMs);
});

it.each([false, true])(
  'a module that is back at another rate after its restart is found there (garbage: %s)',
  async (isGarbled) => {
    const { result, unit } = await run({
      rates: { first: 9_600, afterRestart: 115_200, isGarbled },
    });
    expect(result).toMatchObject({ outcome: 'PASS', isVolatile: false });
    expect(unit.counts.restarts).toBe(1);
    expect(notesOf(result).filter((text) => text.startsWith('answers at'))).toEqual([
      'answers at 9600 baud',
      'answers at 115200 baud',
    ]);
  },
);
