import { expect, test } from 'vitest';
import { atTheBench, terminalAt } from './bench.js';
import { startBroker } from './test-broker.js';

const secret = '0123456789abcdef0123456789abcdef';
const write = `AT+LMQTTCFG="aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"`;
const readBack = `\r\n+LMQTTCFG: "aliauth",0,"a1TESTpk001","MODEM-0001","${secret}"\r\n\r\nOK\r\n`;

test.each([
  ['AT+CFUN=0,1', '\r\nOK\r\n\r\nRDY\r\n'],
  ['AT+CFUN=1,1', '\r\nOK\r\n\r\nRDY\r\n'],
  ['AT+NRB', '\r\nREBOOTING\r\n\r\nRDY\r\n'],
])('%s restarts the module, and it keeps its triple', async (command, said) => {
  const { simulator, terminal } = await atTheBench();
  await terminal.ask(write);
  expect(await terminal.ask(command, 'RDY\r\n')).toBe(said);
  expect(await terminal.ask('AT+LMQTTCFG="aliauth",0')).toBe(readBack);
  expect(simulator.modules[0]?.counts.restarts).toBe(1);
});

test('a volatile module loses its triple and cloud type over a restart', async () => {
  const { simulator, terminal } = await atTheBench({ isVolatile: true });
  await terminal.ask('AT+LMQTTCFG="cloud",0,2,1');
  await terminal.ask(write);
  expect(await terminal.ask('AT+LMQTTCFG="aliauth",0')).toBe(readBack);
  await terminal.ask('AT+CFUN=0,1', 'RDY\r\n');
  expect(await terminal.ask('AT+LMQTTCFG="aliauth",0')).toBe('\r\nOK\r\n');
  expect(await terminal.ask('AT+LMQTTCFG="cloud",0')).toBe('\r\nOK\r\n');
  expect(simulator.modules[0]?.triple).toBeUndefined();
});

test('a restart brings back echo and CMEE, drops other settings and cuts MQTT', async () => {
  const broker = await startBroker();
  const { terminal } = await atTheBench({ hasEcho: true });
  await terminal.ask('ATE0');
  await terminal.ask('AT+CMEE=2');
  await terminal.ask('AT+LMQTTCFG="keepalive",0,300');
  await terminal.ask(`AT+LMQTTOPEN=0,"127.0.0.1",${String(broker.port)}`);
  await terminal.until('+LMQTTOPEN: 0,0\r\n');
  await terminal.ask('AT+LMQTTCONN=0,"x"');
  await terminal.until('+LMQTTCONN: 0,0,0\r\n');
  const gone = new Promise<void>((resolve) => {
    broker.aedes.on('clientDisconnect', () => {
      resolve();
    });
  });
  expect(await terminal.ask('AT+CFUN=0,1', 'RDY\r\n')).toBe('\r\nOK\r\n\r\nRDY\r\n');
  await gone;
  expect(await terminal.ask('AT+CMEE?')).toBe('AT+CMEE?\r\r\n+CMEE: 1\r\n\r\nOK\r\n');
  expect(await terminal.ask('AT+LMQTTCONN?')).toContain('+LMQTTCONN: 0,1\r\n');
  expect(await terminal.ask('AT+LMQTTCFG="keepalive",0')).not.toContain('300');
});

test('what is typed while the module boots is lost', async () => {
  const { simulator, terminal } = await atTheBench({ bootMs: 50 });
  terminal.type('AT+CFUN=0,1\rATI\r');
  await terminal.until('OK\r\n');
  terminal.type('ATI\r');
  await terminal.until('RDY\r\n');
  expect(await terminal.ask('AT')).toBe('\r\nOK\r\n');
  expect(simulator.modules[0]?.counts.commands).toBe(2);
});

test('a module that was switched off starts when a host connects again', async () => {
  const { simulator, terminal } = await atTheBench();
  await terminal.ask('AT+MPOF=1');
  await terminal.close();
  const next = await terminalAt(simulator, 1);
  expect(await next.until('RDY\r\n')).toBe('\r\nRDY\r\n');
});

test('a fresh module in the slot boots, knows nothing, and has another IMEI but the same SIM', async () => {
  const { simulator, terminal } = await atTheBench();
  await terminal.ask(write);
  const sim = await terminal.ask('AT+LCCID');
  const before = simulator.ports[0]?.imei;
  simulator.replaceModule(1);
  await terminal.until('\r\nRDY\r\n');
  expect(simulator.ports[0]?.imei).not.toBe(before);
  expect(await terminal.ask('AT+LCCID')).toBe(sim);
  expect(await terminal.ask('AT+LMQTTCFG="aliauth",0')).toBe('\r\nOK\r\n');
});
