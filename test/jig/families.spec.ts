import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dialects, findDialect } from '../../src/at/find-dialect.js';
import { identifyUnit } from '../../src/core/unit-identity.js';
import type { Family } from '../../src/simulator/context.js';
import { families } from '../../src/simulator/families.js';
import { faultNames } from '../../src/simulator/faults.js';
import { ClaimDesk } from './claim-desk.js';
import { startDeskBroker } from './desk-broker.js';
import type { MakeDesk } from './desk-broker.js';
import { cleanEnds, endsWith, rehearsalRows } from './family-ends.js';
import { runSimulated } from './simulated-bench.js';
import type { BenchOptions } from './simulated-bench.js';
import { endOf, expectTruth } from './truth.js';

/** Runs a unit of a family, compares what all sides believe, and gives how the jig ended. */
async function endAt(
  family: Family,
  makeDesk: MakeDesk,
  changes: Partial<BenchOptions> & { readonly wantsKept?: boolean } = {},
): Promise<string> {
  const desk = makeDesk({
    acceptVolatile: changes.wantsKept !== true,
    claim: async ({ unit }) => {
      identifyUnit(await Promise.resolve(unit));
    },
  });
  const run = await runSimulated({ family, desk, ...changes });
  expectTruth(run, desk);
  return endOf(run);
}

it('every dialect has a simulated family, and every family a dialect and a line in the table', () => {
  const spoken = new Set(families.map(({ dialect }) => dialect));
  expect([...spoken].sort()).toEqual(dialects.map(({ id }) => id).sort());
  expect(families.map(({ name }) => name).sort()).toEqual(Object.keys(cleanEnds).sort());
});

it('a faultless unit ends as the table says, and holds what the claims believe', async () => {
  const makeDesk = await startDeskBroker();
  for (const family of families) {
    const ends = [
      await endAt(family, makeDesk, { wantsKept: true }),
      await endAt(family, makeDesk),
    ];
    expect([family.name, ...ends]).toEqual([family.name, ...(cleanEnds[family.name] ?? [])]);
  }
});

it('a secret that looks like numbers is in no transcript, nor is a part of it', async () => {
  const makeDesk = await startDeskBroker();
  const shown: string[] = [];
  for (const family of families) {
    const deviceSecret = '1117:2227:3337:4447';
    const desk = makeDesk({ acceptVolatile: true, deviceSecret });
    const { result } = await runSimulated({ family, desk });
    shown.push(family.name, ...result.transcript.map(({ text }) => text));
  }
  expect(shown.join('\n')).not.toMatch(/1117|2227|3337|4447/);
  expect(shown.filter((text) => text.includes('<19:')).length).toBeGreaterThan(7);
  expect(shown.filter((text) => text.includes('127.0.0.1')).length).toBeGreaterThan(7);
});

describe.each(faultNames)('with the fault %s', (fault) => {
  it('every family ends as the table says, and nothing passes that is not so', async () => {
    const makeDesk = await startDeskBroker();
    for (const family of families) {
      const end = await endAt(family, makeDesk, { faults: [fault] });
      expect(endsWith(fault, family.name), family.name).toContain(end);
    }
  });
});

it('a unit at another rate is found where the port names none and the dialect knows the rate', async () => {
  const makeDesk = await startDeskBroker();
  for (const family of families) {
    const { baudRates } = findDialect(family.dialect).uart;
    if (baudRates.length > 1) {
      const options = { faults: ['wrong-baud'], hasOpenRate: true } as const;
      const clean = await endAt(family, makeDesk, { ...options, faults: [] });
      expect([family.name, await endAt(family, makeDesk, options)]).toEqual([family.name, clean]);
    }
  }
});

it('the same seed and the same conversation give the very same bytes, another seed others', async () => {
  const chances = { fail: 0.3, resetDuringWrite: 0.3, urcNoise: 0.3 };
  const trafficOf = async (family: Family, seed: number): Promise<string> => {
    const desk = new ClaimDesk({ acceptVolatile: true, broker: { host: '127.0.0.1', port: 9 } });
    const run = await runSimulated({ family, desk, seed, chances });
    expectTruth(run, desk);
    return run.traffic;
  };
  for (const family of families) {
    const said = await trafficOf(family, 4);
    expect(await trafficOf(family, 4), family.name).toBe(said);
    expect(await trafficOf(family, 5), family.name).not.toBe(said);
  }
});

it('docs/rehearsal.md tells every fault and what it leads to', async () => {
  const page = await readFile(
    join(import.meta.dirname, '..', '..', 'docs', 'rehearsal.md'),
    'utf8',
  );
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => row.replace(/ +/g, ' '))).toEqual(rehearsalRows());
});
