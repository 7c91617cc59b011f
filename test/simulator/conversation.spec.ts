import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { atTheBench, terminalAt } from './bench.js';

const secret = '0123456789abcdef0123456789abcdef';
const write = `AT+LMQTTCFG="aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const showTriple = 'AT+LMQTTCFG="aliauth",0';

async function answers(commands: readonly string[]): Promise<string[]> {
  const { terminal } = await atTheBench();
  const said: string[] = [];
  for (const command of commands) {
    terminal.type(`${command}\r`);
    let answer = '';
    while (!/\r\n(OK|ERROR|\+CME ERROR: .*)\r\n$/.test(answer))
      answer += await terminal.until('\r\n');
    said.push(answer.replaceAll('\r\n', '|'));
  }
  return said;
}

test.each([
  ['AT', '|OK|'],
  ['ATI', '|Lierda||NT35E||Revision: NT35ECNR01A01||OK|'],
  ['AT+CGMI', '|Lierda||OK|'],
  ['AT+CGMM', '|NT35E||OK|'],
  ['AT+CGMR', '|NT35ECNR01A01||OK|'],
  ['AT+LGMR', '|+LGMR: NT35ECNR01A01||OK|'],
  ['AT+CSQ', '|+CSQ: 25,99||OK|'],
  ['AT+CPIN?', '|+CPIN: READY||OK|'],
  ['AT+CEREG?', '|+CEREG: 0,1||OK|'],
  ['AT+CGATT?', '|+CGATT: 1||OK|'],
  ['AT+CMEE?', '|+CMEE: 1||OK|'],
  ['AT+IPR?', '|+IPR: 115200||OK|'],
  ['AT+IPR=9600', '|OK|'],
  ['AT+IPR=1234', '|+CME ERROR: 50|'],
  ['AT+LMQTTCONN?', '|+LMQTTCONN: 0,1||OK|'],
  ['AT+LMQTTOPEN?', '|OK|'],
  [showTriple, '|OK|'],
  ['AT+LMQTTCFG="cloud",0', '|OK|'],
  ['AT+LMQTTCFG="cloud",0,2,1', '|OK|'],
  ['AT+LMQTTCFG="keepalive",0,300', '|OK|'],
  ['AT+LMQTTCFG="keepalive",0,3601', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="sslenable",0,1,0', '|OK|'],
  ['AT+LMQTTCFG="timeout",0,10,3,0', '|OK|'],
  ['AT+LMQTTCFG="nonsense",0,1', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="constructor",0,1', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG=cloud,0,2,1', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="cloud",1,2,1', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="aliauth",0,"a","b"', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="aliauth",0,"a","","c"', '|+CME ERROR: 3|'],
  ['AT+LMQTTCFG="aliauth",0,a,b,c', '|+CME ERROR: 3|'],
  ['AT+LMQTTCONN=0,"x"', '|+CME ERROR: 3|'],
  ['AT+LMQTTSUBUNSUB=0,0,1,"a",0', '|+CME ERROR: 3|'],
  ['AT+LMQTTPUB=0,0,0,0,"a",1,"x"', '|+CME ERROR: 3|'],
  ['AT+LMQTTOPEN=0,"",1883', '|+CME ERROR: 3|'],
  ['AT+LMQTTOPEN=0,"h",0', '|+CME ERROR: 3|'],
  ['AT+LMQTTREAD=0', '|ERROR|'],
  ['AT+LMQTTCFG="open', '|ERROR|'],
  ['hello', '|ERROR|'],
])('%s is answered with %s', async (command, expected) => {
  expect(await answers([command])).toEqual([expected]);
});

test('what a setting was set to is read back', async () => {
  const said = await answers([
    'AT+LMQTTCFG="cloud",0,2,1',
    'AT+LMQTTCFG="cloud",0',
    'AT+LMQTTCFG="timeout",0,10,3,0',
    'AT+LMQTTCFG="timeout",0',
  ]);
  expect([said[1], said[3]]).toEqual([
    '|+LMQTTCFG: "cloud",0,2,1||OK|',
    '|+LMQTTCFG: "timeout",0,10,3,0||OK|',
  ]);
});

test('the triple is read back in the order in which it was written', async () => {
  expect(await answers([write, showTriple])).toEqual([
    '|OK|',
    `|+LMQTTCFG: "aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"||OK|`,
  ]);
});

test.each([
  [
    'product key',
    'p'.repeat(33),
    'd'.repeat(32),
    's'.repeat(64),
    ['', 'd'.repeat(32), 's'.repeat(64)],
  ],
  [
    'device name',
    'p'.repeat(32),
    'd'.repeat(33),
    's'.repeat(64),
    ['p'.repeat(32), '', 's'.repeat(64)],
  ],
  [
    'device secret',
    'p'.repeat(32),
    'd'.repeat(32),
    's'.repeat(65),
    ['p'.repeat(32), 'd'.repeat(32), ''],
  ],
])('a too long %s is answered with OK and stored as nothing', async (_what, pk, dn, ds, kept) => {
  const said = await answers([`AT+LMQTTCFG="aliauth",0,"${pk}","${dn}","${ds}"`, showTriple]);
  const shown = kept.map((field) => `"${field}"`).join(',');
  expect(said).toEqual(['|OK|', `|+LMQTTCFG: "aliauth",0,${shown}||OK|`]);
});

test('AT+CMEE chooses how refusals look', async () => {
  const refused = 'AT+LMQTTCONN=0,"x"';
  const said = await answers(['AT+CMEE=0', refused, 'AT+CMEE=2', refused, 'AT+CMEE=3']);
  expect(said).toEqual([
    '|OK|',
    '|ERROR|',
    '|OK|',
    '|+CME ERROR: operation not allowed|',
    '|+CME ERROR: incorrect parameters|',
  ]);
});

test('with the radio off there is no network and no way out', async () => {
  const { terminal } = await atTheBench();
  await terminal.ask('AT+CFUN=0');
  expect(await terminal.ask('AT+CEREG?')).toContain('+CEREG: 0,0');
  await terminal.ask('AT+LMQTTOPEN=0,"127.0.0.1",1883');
  await terminal.until('+LMQTTOPEN: 0,-1,3\r\n');
  await terminal.ask('AT+CFUN=1');
  expect(await terminal.ask('AT+CFUN?')).toContain('+CFUN: 1');
});

describe('echo', () => {
  test('by character repeats what is typed until ATE0, itself included', async () => {
    const { terminal } = await atTheBench({ hasEcho: true });
    terminal.type('AT\rATE0\rAT\r');
    await terminal.until('OK\r\n');
    await terminal.until('OK\r\n');
    await terminal.until('OK\r\n');
    expect(terminal.seen).toBe('AT\r\r\nOK\r\nATE0\r\r\nOK\r\n\r\nOK\r\n');
  });

  test('by line repeats the line without its end', async () => {
    const { terminal } = await atTheBench({ hasEcho: true, echoForm: 'line' });
    expect(await terminal.ask('AT')).toBe('AT\r\nOK\r\n');
  });

  test('can be switched on', async () => {
    const { terminal } = await atTheBench();
    expect(await terminal.ask('ATE1')).toBe('\r\nOK\r\n');
    expect(await terminal.ask('AT')).toBe('AT\r\r\nOK\r\n');
  });
});

test.each(['\n', '\r\n'])('a person who ends lines with %j is understood', async (end) => {
  const { terminal } = await atTheBench();
  terminal.type(`AT${end}${end}AT+CGSN=1${end}`);
  await terminal.until('\r\nOK\r\n');
  expect(await terminal.until('OK\r\n')).toMatch(/^\r\n\+CGSN: "\d{15}"\r\n\r\nOK\r\n$/);
});

test('a second host on the same port is turned away as by ser2net', async () => {
  const { simulator, terminal } = await atTheBench();
  const second = await terminalAt(simulator, 1);
  await second.closed();
  expect(second.seen).toBe('Port already in use\r\n');
  await terminal.ask('AT');
});

test('closing does not wait for a host that was turned away and stays', async () => {
  const { simulator } = await atTheBench();
  const stubborn = connect({
    host: '127.0.0.1',
    port: simulator.ports[0]?.port ?? 0,
    allowHalfOpen: true,
  });
  stubborn.on('error', () => undefined).resume();
  await once(stubborn, 'end');
  await simulator.close();
  stubborn.destroy();
});

test('a half line of a host that left does not spoil the next one', async () => {
  const { simulator, terminal } = await atTheBench();
  await terminal.ask('AT');
  terminal.type('AT+LMQ');
  await terminal.close();
  const next = await terminalAt(simulator, 1);
  expect(await next.ask('AT')).toBe('\r\nOK\r\n');
});
