import { expect, test } from 'vitest';
import type { FaultName } from '../../src/simulator/faults.js';
import { faultDescriptions } from '../../src/simulator/faults.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { atTheBench, terminalAt } from './bench.js';
import { bootMs, UnitTalk } from './unit-talk.js';

const secret = '0123456789abcdef0123456789abcdef';
const write = `AT+LMQTTCFG="aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const shown = `+LMQTTCFG: "aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const readBack = 'AT+LMQTTCFG="aliauth",0';
const ok = '\r\nOK\r\n';
const rdy = '\r\nRDY\r\n';

/** One check for every fault; the type makes a new fault fail here until it has one. */
const checks: Readonly<Record<FaultName, (talk: UnitTalk) => void>> = {
  silent: (talk) => {
    expect(talk.type('AT\rAT+CFUN=0,1\r')).toBe('');
    expect(talk.pass(60_000)).toBe('');
  },
  garbage: (talk) => {
    for (let line = 0; line < 20; line += 1) {
      const said = Buffer.from(talk.ask('AT'), 'latin1');
      expect(said.length).toBeGreaterThanOrEqual(4);
      expect(Math.min(...said)).toBeGreaterThanOrEqual(0x80);
    }
  },
  noisy: (talk) => {
    expect(talk.ask('AT')).toBe(`\r\n+CEREG: 1\r\n${ok}`);
  },
  'stores-nothing': (talk) => {
    expect(talk.ask(write)).toBe(ok);
    expect(talk.ask(readBack)).toBe(ok);
  },
  'stores-wrong': (talk) => {
    expect(talk.ask(write)).toBe(ok);
    const said = talk.ask(readBack);
    expect(said).toContain(`"MODEM-0001","${secret.slice(0, -1)}`);
    expect(said).not.toContain(secret);
    const esp = new UnitTalk('esp-at', 'stores-wrong');
    for (const [part, text] of [
      ['deviceName', 'MODEM-0001'] as const,
      ['deviceSecret', secret] as const,
    ]) {
      esp.ask(`AT+SYSMFG=2,"triplemint","${part}",7,${text.length}`);
      esp.type(text);
    }
    expect(esp.ask('AT+SYSMFG=1,"triplemint","deviceName"')).toContain('MODEM-0001');
    expect(esp.ask('AT+SYSMFG=1,"triplemint","deviceSecret"')).not.toContain(secret);
  },
  'refuses-write': (talk) => {
    expect(talk.ask(write)).toBe('\r\n+CME ERROR: 3\r\n');
    expect(talk.ask(readBack)).toBe(ok);
  },
  'reset-during-write': (talk) => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(talk.ask(write)).toBe('');
      expect(talk.pass(bootMs)).toBe(rdy);
      expect(talk.ask(readBack)).toBe(ok);
    }
  },
  'reset-once': (talk) => {
    expect(talk.ask(write)).toBe('');
    expect(talk.pass(bootMs)).toBe(rdy);
    expect(talk.ask(write)).toBe(ok);
    expect(talk.ask(readBack)).toContain(shown);
  },
  forgets: (talk) => {
    talk.ask(write);
    expect(talk.ask(readBack)).toContain(shown);
    talk.ask('AT+CFUN=0,1');
    expect(talk.pass(bootMs)).toBe(rdy);
    expect(talk.ask(readBack)).toBe(ok);
  },
  'blank-imei': (talk) => {
    expect(talk.ask('AT+CGSN=1')).toContain('"004999010640000"');
  },
  'bad-imei': (talk) => {
    const good = new UnitTalk('lierda-nt35e').unit.identity.imei;
    const imei = /"(\d{15})"/.exec(talk.ask('AT+CGSN=1'))?.[1] ?? '';
    expect(imei.slice(0, 14)).toBe(good.slice(0, 14));
    expect(imei).not.toBe(good);
  },
  'imei-changes': (talk) => {
    const before = talk.ask('AT+CGSN=1');
    expect(talk.ask('AT+CGSN=1')).toBe(before);
    talk.ask('AT+CFUN=0,1');
    talk.pass(bootMs);
    expect(talk.ask('AT+CGSN=1')).toMatch(/^\r\n\+CGSN: "\d{15}"\r\n/);
    expect(talk.ask('AT+CGSN=1')).not.toBe(before);
  },
  'masked-read-back': (talk) => {
    talk.ask(write);
    expect(talk.ask(readBack)).toContain(`"MODEM-0001","${'*'.repeat(32)}"`);
    expect(talk.unit.triple?.deviceSecret.expose()).toBe(secret);
  },
  'short-fields': (talk) => {
    expect(talk.ask(write)).toBe(ok);
    expect(talk.ask(readBack)).toContain('"a1TESTpk001","MODEM-0001",""');
  },
  busy: (talk) => {
    const said = Array.from({ length: 8 }, () => talk.ask('AT'));
    const lost = '\r\n+CME ERROR: 14\r\n';
    expect(said).toEqual([ok, ok, ok, lost, ok, ok, ok, lost]);
    const espressif = new UnitTalk('esp-at', 'busy');
    for (let turn = 0; turn < 3; turn += 1) espressif.ask('AT');
    expect(espressif.ask('AT')).toBe('\r\nbusy p...\r\n');
  },
  slow: (talk) => {
    expect(talk.ask(write)).toBe('');
    expect(talk.ask('AT')).toBe('');
    expect(talk.pass(11_999)).toBe('');
    expect(talk.pass(1)).toBe(ok + ok);
    expect(talk.ask(readBack)).toContain(shown);
  },
  'brown-out': (talk) => {
    expect(talk.ask(write)).toBe('');
    expect(talk.pass(bootMs)).toBe(rdy);
    expect(talk.ask('AT')).toBe(`AT\r${ok}`);
  },
  'no-ok': () => {
    const talk = new UnitTalk('ublox-sara', 'no-ok');
    expect(talk.ask('AT+UMQTT=0,"me"')).toBe('\r\n+UMQTT: 0,1\r\n');
    expect(talk.ask('AT+UMQTT?')).toContain('OK\r\n');
    expect(talk.ask('AT')).toBe(ok);
  },
  urcport: (talk) => {
    expect(talk.ask('AT+CFUN=0,1')).toBe(ok);
    expect(talk.pass(bootMs)).toBe('');
    const quectel = new UnitTalk('quectel-bc26', 'urcport');
    expect(quectel.ask('AT+QURCCFG="urcport"')).toContain('"urcport","usbat"');
    expect(quectel.ask('AT+QURCCFG="urcport","uart1"')).toBe(ok);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(quectel.ask('AT+CFUN=1,1')).toBe(ok);
      expect(quectel.pass(bootMs)).toContain(rdy);
    }
  },
  'echo-data': () => {
    const talk = new UnitTalk('esp-at', 'echo-data');
    expect(talk.ask('AT+SYSMFG=2,"n","k",7,3')).toBe(`${ok}\r\n>`);
    expect(talk.type('abc')).toBe(`abc${ok}`);
  },
  'endless-line': (talk) => {
    const said = talk.ask('AT') + talk.pass(10_000) + talk.ask('AT') + talk.pass(10_000);
    expect(said.length).toBeGreaterThan(16_000);
    expect(said).not.toMatch(/[\r\n]/);
    talk.unit.detach();
    expect(talk.pass(1_000)).toBe('');
  },
  'wrong-baud': (talk) => {
    talk.ask('AT+CFUN=0,1');
    expect(talk.pass(bootMs)).toBe('');
    talk.portRate = 9_600;
    expect(talk.ask('AT+CFUN=0,1')).toBe(ok);
    talk.portRate = 115_200;
    const banner = Buffer.from(talk.pass(bootMs), 'latin1');
    expect(banner.length).toBe(rdy.length);
    expect(Math.min(...banner)).toBeGreaterThanOrEqual(0x80);
  },
};

const names = Object.keys(checks) as FaultName[];

test.each(names)('a module with the fault %s misbehaves as described', (fault) => {
  expect(faultDescriptions[fault]).not.toBe('');
  checks[fault](new UnitTalk('lierda-nt35e', fault));
});

test('a rate that AT+IPR sets is the one that the port needs from then on', () => {
  const talk = new UnitTalk('lierda-nt35e');
  talk.portRate = 115_200;
  expect(talk.ask('AT+IPR=9600')).toBe(ok);
  expect(talk.ask('AT')).toBe('');
  talk.portRate = 9_600;
  expect(talk.ask('AT')).toBe(ok);
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
  expect(await two.ask(write)).toBe(`\r\n+CEREG: 1\r\n${ok}`);
  expect(simulator.modules[1]?.triple).toBeUndefined();
});

test('a fault for a slot that does not exist is refused', async () => {
  await expect(
    startSimulator({ slots: 1, faults: [{ slot: 2, fault: 'silent' }] }),
  ).rejects.toMatchObject({ code: 'request.invalid' });
});
