import { expect, test } from 'vitest';
import type { FaultName } from '../../src/simulator/faults.js';
import { faultDescriptions } from '../../src/simulator/faults.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { atTheBench, terminalAt } from './bench.js';
import type { Terminal } from './terminal.js';

const secret = '0123456789abcdef0123456789abcdef';
const write = `AT+LMQTTCFG="aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const shown = `+LMQTTCFG: "aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const readBack = 'AT+LMQTTCFG="aliauth",0';

/** One check for every fault; the type makes a new fault fail here until it has one. */
const checks: Readonly<Record<FaultName, (terminal: Terminal) => Promise<void>>> = {
  silent: async (terminal) => {
    terminal.type('AT\rAT+CFUN=0,1\r');
    await expect(terminal.until('\n', 200)).rejects.toThrow('No "');
    expect(terminal.seen).toBe('');
  },
  garbage: async (terminal) => {
    for (let line = 0; line < 20; line += 1) terminal.type('AT\r');
    await terminal.atLeast(80);
    expect(Math.min(...Buffer.from(terminal.seen, 'latin1'))).toBeGreaterThanOrEqual(0x80);
  },
  noisy: async (terminal) => {
    expect(await terminal.ask('AT')).toBe('\r\n+CEREG: 1\r\n\r\nOK\r\n');
  },
  'stores-nothing': async (terminal) => {
    expect(await terminal.ask(write)).toBe('\r\nOK\r\n');
    expect(await terminal.ask(readBack)).toBe('\r\nOK\r\n');
  },
  'stores-wrong': async (terminal) => {
    expect(await terminal.ask(write)).toBe('\r\nOK\r\n');
    const said = await terminal.ask(readBack);
    expect(said).toContain(`"MODEM-0001","${secret.slice(0, -1)}`);
    expect(said).not.toContain(secret);
  },
  'refuses-write': async (terminal) => {
    expect(await terminal.ask(write, '+CME ERROR: 3\r\n')).toBe('\r\n+CME ERROR: 3\r\n');
    expect(await terminal.ask(readBack)).toBe('\r\nOK\r\n');
  },
  'reset-during-write': async (terminal) => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await terminal.ask(write, 'RDY\r\n')).toBe('\r\nRDY\r\n');
      expect(await terminal.ask(readBack)).toBe('\r\nOK\r\n');
    }
  },
  'reset-once': async (terminal) => {
    expect(await terminal.ask(write, 'RDY\r\n')).toBe('\r\nRDY\r\n');
    expect(await terminal.ask(write)).toBe('\r\nOK\r\n');
    expect(await terminal.ask(readBack)).toContain(shown);
  },
  forgets: async (terminal) => {
    await terminal.ask(write);
    expect(await terminal.ask(readBack)).toContain(shown);
    await terminal.ask('AT+CFUN=0,1', 'RDY\r\n');
    expect(await terminal.ask(readBack)).toBe('\r\nOK\r\n');
  },
  'blank-imei': async (terminal) => {
    expect(await terminal.ask('AT+CGSN=1')).toContain('"004999010640000"');
  },
  'bad-imei': async (terminal) => {
    const healthy = await startSimulator({ slots: 1 });
    await healthy.close();
    const good = healthy.ports[0]?.imei ?? '';
    const imei = /"(\d{15})"/.exec(await terminal.ask('AT+CGSN=1'))?.[1] ?? '';
    expect(imei.slice(0, 14)).toBe(good.slice(0, 14));
    expect(imei).not.toBe(good);
  },
};

const names = Object.keys(checks) as FaultName[];

test.each(names)('a module with the fault %s misbehaves as described', async (fault) => {
  const { terminal } = await atTheBench({ faults: [{ slot: 1, fault }] });
  expect(faultDescriptions[fault]).not.toBe('');
  await checks[fault](terminal);
});

test('a fault is of one slot alone, and one slot may have two', async () => {
  const { simulator } = await atTheBench({
    slots: 2,
    faults: [
      { slot: 2, fault: 'stores-nothing' },
      { slot: 2, fault: 'noisy' },
    ],
  });
  const two = await terminalAt(simulator, 2);
  expect(await two.ask(write)).toBe('\r\n+CEREG: 1\r\n\r\nOK\r\n');
  expect(simulator.modules[1]?.triple).toBeUndefined();
});

test('a fault for a slot that does not exist is refused', async () => {
  await expect(
    startSimulator({ slots: 1, faults: [{ slot: 2, fault: 'silent' }] }),
  ).rejects.toMatchObject({ code: 'request.invalid' });
});
