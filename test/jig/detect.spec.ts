import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { dialects } from '../../src/at/find-dialect.js';
import { DomainError } from '../../src/core/errors.js';
import { runJig } from '../../src/jig/jig.js';
import type { SlotResult } from '../../src/jig/slot-result.js';
import { families } from '../../src/simulator/families.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';
import { impatient, runPeer } from './run-peer.js';

const refuse = (): Promise<void> =>
  Promise.reject(new DomainError('unit.firmware_not_allowed', 'It runs another one.'));

describe('every family of the simulator', () => {
  let simulator: Simulator;
  let results: readonly SlotResult[];
  beforeAll(async () => {
    simulator = await startSimulator({
      slots: families.length,
      families: families.map(({ name }, at) => ({ range: { first: at + 1, last: at + 1 }, name })),
      bootMs: 20,
      isChunked: true,
    });
    results = await runJig({
      slots: simulator.ports.map(({ slot, host, port }) => ({
        slot,
        port: `tcp://${host}:${port}`,
      })),
      orderId: 'ord_1',
      claims: new ClaimDesk({ claim: refuse }),
    });
  });
  afterAll(() => simulator.close());

  it.each(families.map((family, at) => [family.name, family, at] as const))(
    '%s is found by its own answers',
    (_, { dialect, firmware }, at) => {
      const expected = { reason: 'claim_refused', dialect, unit: { firmware } };
      expect(results[at]).toMatchObject(expected);
    },
  );

  it('is written nothing where the order does not allow its firmware', () => {
    const written = simulator.modules.filter(({ stored, counts }) => stored.size + counts.writes);
    expect(written).toEqual([]);
    expect(results.every(({ detail }) => detail?.includes('unit.firmware_not_allowed'))).toBe(true);
  });
});

type Answer = NonNullable<PeerBehaviour['answer']>;

/** A module that names itself so, and else is the usual one. */
const calling =
  (names: Readonly<Record<string, readonly string[]>>): Answer =>
  (command) =>
    names[command];

const detecting = { ...impatient, dialect: undefined };

describe('a slot that names no dialect', () => {
  it('goes on over the same connection in the dialect that was found', async () => {
    const own: Dialect = { ...lierdaLmqtt, prologue: ['ATE0', 'AT+CMEE=1'] };
    const answer = calling({ 'AT+CGMR': ['NT26E_V2.1', 'OK'], 'AT+CMEE=1': ['OK'] });
    const run = await runPeer({ answer }, new ClaimDesk(), { ...detecting, dialects: [own] });
    expect(run.result).toMatchObject({ outcome: 'PASS', dialect: 'lierda-lmqtt' });
    const first = 'AT ATE0 AT+CGMM ATI AT+CGMR ATE0 AT+CMEE=1 AT+CGSN=1'.split(' ');
    expect(run.peer.commands.slice(0, 8)).toEqual(first);
  });

  it('asks each query once, whatever the number of dialects that have it', async () => {
    const run = await runPeer({}, new ClaimDesk(), detecting);
    const queries = ['ATI', 'AT+CGMM', 'AT+CGMR', 'AT+GMR'];
    expect(run.peer.commands).toEqual(['AT', 'ATE0', ...queries]);
  });

  it.each([
    ['its name', { 'AT+CGMM': ['+CGMM: "NT99-X"', 'OK'] }, 'the module says it is NT99-X'],
    ['nothing', {}, 'the module does not say what it is'],
    [
      'numbers and what came late',
      {
        ATI: [
          '862000000000001',
          '+SMALI: Hush',
          `+X: "a","${'c'.repeat(32)}"`,
          'c'.repeat(32),
          'OK',
        ],
      },
      'the module does not say what it is',
    ],
  ])('fails where no dialect knows the module, which tells %s', async (_, names, said) => {
    const run = await runPeer({ answer: calling(names) }, new ClaimDesk(), detecting);
    const detail = `${said}: no dialect knows it; name the dialect in the slot`;
    expect(run.result).toMatchObject({ outcome: 'FAIL', reason: 'dialect_unknown', detail });
    expect(run.result).not.toHaveProperty('dialect');
    expect(run.desk.log).toEqual([]);
  });

  it('ends where two dialects know the module, and names both', async () => {
    const own: Dialect = { ...lierdaLmqtt, id: 'own' };
    const run = await runPeer({ answer: calling({ 'AT+CGMR': ['NT26E', 'OK'] }) }, undefined, {
      ...detecting,
      dialects: [...dialects, own],
    });
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason: 'dialect_ambiguous' });
    expect(run.result.detail).toBe(
      'the module says it is NT26E: lierda-lmqtt and own know it; name the dialect in the slot',
    );
    expect(run.desk.log).toEqual([]);
  });

  it.each([
    ['loses an answer', []],
    ['restarts when it is asked', ['RDY']],
  ])('finds out also where the module %s', async (_, first) => {
    const answers = [['NT35E', 'OK'], first];
    const run = await runPeer(
      { answer: (command) => (command === 'AT+CGMR' ? answers.pop() : undefined) },
      new ClaimDesk(),
      { ...detecting, dialects: [lierdaLmqtt] },
    );
    expect(run.result.dialect).toBe('lierda-lmqtt');
  });
});

describe('a slot that names the dialect of another family', () => {
  const other = { 'AT+CGMM': ['+CGMM: "BC26"', 'OK'] };

  it('is told so where the module refuses the write', async () => {
    const answer: Answer = (command) =>
      command.startsWith('AT+LMQTT') ? ['ERROR'] : other[command as keyof typeof other];
    const run = await runPeer({ answer }, new ClaimDesk(), impatient);
    expect(run.result).toMatchObject({ reason: 'write_refused', dialect: 'lierda-lmqtt' });
    expect(run.result.detail).toBe(
      'write.1 (AT+LMQTTCFG="cloud",0,2,1) was answered with an error; ' +
        'the module says it is BC26, which is quectel-qmt; ' +
        'the slot names lierda-lmqtt',
    );
  });

  it('is taken at its word otherwise', async () => {
    const run = await runPeer({ answer: calling(other) });
    expect(run.result).toMatchObject({ outcome: 'PASS', dialect: 'lierda-lmqtt' });
    expect(run.peer.commands).not.toContain('AT+CGMM');
  });
});
