import { onTestFinished, expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { findDialect } from '../../src/at/find-dialect.js';
import { findingsOf } from '../../src/commands/dialect-findings.js';
import { runTrial } from '../../src/commands/dialect-trial.js';
import { parseDialect } from '../../src/dialects/parse-dialect.js';
import type { SimulatorOptions } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { exampleWith } from '../dialects/example.js';

function example(changes: Record<string, unknown> = {}): Dialect {
  const parsed = parseDialect(exampleWith(changes));
  if ('dialect' in parsed) return parsed.dialect;
  throw new Error('the example is not well formed');
}

const family = (name: string) => ({ families: [{ range: undefined, name }] });
const fault = (name: 'silent' | 'masked-read-back' | 'stores-nothing') => ({
  faults: [{ slot: 1, fault: name }],
});

async function tryOn(options: SimulatorOptions, dialect?: Dialect, isWriting = false) {
  const simulator = await startSimulator({ slots: 1, bootMs: 10, ...options });
  onTestFinished(() => simulator.close());
  const port = `tcp://127.0.0.1:${simulator.ports[0]?.port ?? 0}`;
  const trial = await runTrial({ port, dialect, isWriting, timeoutScale: 0.2 });
  const findings = findingsOf(trial, dialect);
  const misfits = findings.filter(({ fits }) => fits === false).map(({ step }) => step);
  return {
    ...trial,
    findings,
    misfits,
    module: simulator.modules[0],
    imei: simulator.ports[0]?.imei,
  };
}

it('tells who a module is and which dialect knows it, and writes nothing', async () => {
  const { findings, misfits, module, phases, imei } = await tryOn({});
  expect(misfits).toEqual([]);
  expect(findings).toContainEqual(
    expect.objectContaining({ step: 'dialect', observed: 'lierda-lmqtt' }),
  );
  expect(findings).toContainEqual(expect.objectContaining({ step: 'imei', observed: imei }));
  expect(phases).not.toContain('write');
  expect(module?.triple).toBeUndefined();
});

it('looks with a dialect of a file, and writes nothing', async () => {
  const { findings, misfits, module } = await tryOn({ isChunked: true }, example());
  expect(misfits).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ step: 'match', result: 'ok' }));
  expect(module?.triple).toBeUndefined();
});

it('writes a made-up triple, sees it kept, and shows nowhere what was written', async () => {
  const { findings, misfits, module, result } = await tryOn({ isChunked: true }, example(), true);
  expect(misfits).toEqual([]);
  expect(findings.slice(-2)).toMatchObject([
    { step: 'shows', said: 'clear', observed: 'clear' },
    { step: 'keeps', said: 'nvm', observed: 'nvm: kept over the restart' },
  ]);
  const secret = module?.triple?.deviceSecret.expose() ?? '';
  expect(secret).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.stringify([result, findings])).not.toContain(secret);
});

it.each<[string, string[], SimulatorOptions, Dialect]>([
  ['says nvm of a module that forgets', ['keeps'], { isVolatile: true }, example()],
  ['says ram of a module that keeps', ['keeps'], {}, example({ persistence: 'ram' })],
  ['says clear of a module that masks', ['end'], fault('masked-read-back'), example()],
  ['is for another family', ['match', 'end'], {}, findDialect('esp-at')],
  ['is tried on a module that stores nothing', ['end'], fault('stores-nothing'), example()],
  ['is tried on a module that says nothing', ['end'], fault('silent'), example()],
])('a dialect that %s does not fit', async (_, misfits, options, dialect) => {
  expect(await tryOn(options, dialect, true)).toMatchObject({ misfits });
});

it.each<[string, SimulatorOptions, Dialect]>([
  ['ram, where it forgets', { isVolatile: true }, example({ persistence: 'ram' })],
  ['unknown', {}, example({ persistence: 'unknown' })],
  ['none, where nothing is shown', family('fibocom-l610'), findDialect('fibocom-l610')],
])('a dialect that says %s fits', async (_, options, dialect) => {
  expect(await tryOn(options, dialect, true)).toMatchObject({ misfits: [] });
});

it('says of a module that no dialect was found for that none was', () => {
  const ended = { slot: 1, tries: 1, isVolatile: false, durationMs: 1, transcript: [] };
  const result = { ...ended, outcome: 'TIMEOUT', reason: 'no_answer' } as const;
  const findings = findingsOf({ isKnown: undefined, result, phases: ['connect'] }, undefined);
  expect(findings).toContainEqual(
    expect.objectContaining({ step: 'dialect', result: 'not found', fits: false }),
  );
});
