import { expect, test } from 'vitest';
import { Chances } from '../../src/simulator/chances.js';
import type { ChanceRates } from '../../src/simulator/chances.js';
import { faultNames } from '../../src/simulator/faults.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { atTheBench } from './bench.js';

const write = 'AT+LMQTTCFG="aliauth",0,"pk","dn","0123456789abcdef"';
const readBack = 'AT+LMQTTCFG="aliauth",0';
const rates: ChanceRates = { fail: 0, resetDuringWrite: 0.3, urcNoise: 0.4 };

/** What a unit says to forty commands; after a restart the next one waits for the banner. */
async function conversation(seed: number, board = 0): Promise<string> {
  const { simulator, terminal } = await atTheBench({ seed, chances: rates, bootMs: 1 });
  for (let count = 0; count < board; count += 1) {
    simulator.replaceModule(1);
    await terminal.until('RDY\r\n');
  }
  const from = terminal.seen.length;
  for (let turn = 0; turn < 40; turn += 1) {
    const command = turn % 2 === 0 ? write : readBack;
    await terminal.ask(command, ['OK\r\n', 'RDY\r\n']);
  }
  return terminal.seen.slice(from);
}

test('the same seed fails in the same way again, another seed or board in another', async () => {
  const said = await conversation(7);
  expect(said).toContain('RDY');
  expect(said).toMatch(/STATS|CEREG|CSCON/);
  expect(await conversation(7)).toBe(said);
  expect(await conversation(8)).not.toBe(said);
  expect(await conversation(7, 1)).not.toBe(said);
});

test('one kind of failure does not move another', () => {
  const place = { seed: 1, slot: 2, board: 3 };
  const resets = (all: Partial<ChanceRates>): string[] => {
    const chances = new Chances({ ...rates, ...all }, place);
    return Array.from({ length: 50 }, () => {
      chances.noise(['x']);
      return chances.reset();
    });
  };
  expect(resets({ urcNoise: 1 })).toEqual(resets({ urcNoise: 0 }));
  expect(new Set(resets({}))).toEqual(new Set(['none', 'before', 'after']));
});

test('failures are about as frequent as they are asked for', () => {
  const units = Array.from({ length: 2000 }, (_, slot) =>
    new Chances({ ...rates, fail: 0.1 }, { seed: 5, slot, board: 0 }).fault(),
  );
  const failed = units.filter((fault) => fault !== undefined);
  expect(failed.length).toBeGreaterThan(150);
  expect(failed.length).toBeLessThan(250);
  expect(new Set(failed)).toEqual(new Set(faultNames));
});

test('a unit that fails by chance is listed with its fault', async () => {
  const simulator = await startSimulator({ slots: 3, chances: { fail: 1 } });
  await simulator.close();
  expect(simulator.ports.map(({ faults }) => faults.length)).toEqual([1, 1, 1]);
});

test('noise comes before, between and glued to the answer', async () => {
  const { terminal } = await atTheBench({ chances: { urcNoise: 1 } });
  const seen = new Set<string>();
  for (let turn = 0; turn < 40; turn += 1) {
    const said = await terminal.ask('AT+CGATT?');
    const noise = /\r\n(?:\+CEREG: 1|\+LMQTTURC: STATS,0,8|\+CSCON: 0)\r\n/;
    seen.add(said.replace(noise, '<noise>'));
  }
  const answer = '\r\n+CGATT: 1\r\n';
  expect(seen).toEqual(
    new Set([`<noise>${answer}\r\nOK\r\n`, `${answer}<noise>\r\nOK\r\n`, `${answer}<noise>OK\r\n`]),
  );
});
