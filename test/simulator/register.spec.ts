import { expect, test } from 'vitest';
import { atTheBench } from './bench.js';
import { startBroker } from './test-broker.js';
import type { Gate, TestBroker } from './test-broker.js';

const at = (name: string) => atTheBench({ families: [{ range: undefined, name }] });

/** A broker that answers a login with a message. */
async function answering(topic: string, payload: string, gate?: Gate): Promise<TestBroker> {
  const broker = await startBroker(gate);
  broker.aedes.on('clientReady', (client) => {
    const message = { topic, payload, qos: 0, retain: false, dup: false } as const;
    client.publish({ cmd: 'publish', ...message }, () => undefined);
  });
  return broker;
}

test.each([
  ['another topic', '/ext/regnwl', '{"deviceSecret":"s"}'],
  ['what is no JSON', '/ext/register', '{"deviceSecret":"'],
  ['a list', '/ext/register', '[]'],
  ['no secret', '/ext/register', '{"deviceSecret":""}'],
])('an IDM module that is answered with %s is not connected and holds nothing', async (...row) => {
  const [, topic, payload] = row;
  const broker = await answering(topic, payload);
  const { simulator, terminal } = await at('aliyun-idm');
  await terminal.ask('AT+IDMAUTH=pk,dn,,ps');
  await terminal.ask(`AT+IDMCONN=127.0.0.1,${broker.port}`);
  await terminal.until('\r\n+IDMSTATE:0\r\n');
  expect([...(simulator.modules[0]?.stored.keys() ?? [])]).not.toContain('deviceSecret');
  expect(broker.logins).toHaveLength(1);
});

test('an IDM module whose service hangs up, refuses or is away says so, and asks again', async () => {
  let code = 0;
  const broker = await startBroker(() => code);
  const { terminal } = await at('aliyun-idm');
  await terminal.ask('AT+IDMAUTH=pk,dn,,ps');
  broker.aedes.once('clientReady', () => {
    for (const socket of broker.sockets) socket.end();
  });
  await terminal.ask(`AT+IDMCONN=127.0.0.1,${broker.port}`);
  await terminal.until('\r\n+IDMSTATE:0\r\n');
  code = 4;
  await terminal.ask(`AT+IDMCONN=127.0.0.1,${broker.port}`);
  await terminal.until('\r\n+IDMSTATE:0\r\n');
  expect(broker.logins.map(({ clientId }) => clientId.includes('authType=register'))).toEqual([
    true,
    true,
  ]);
  await terminal.ask('AT+IDMCONN=127.0.0.1,1');
  await terminal.until('\r\n+IDMSTATE:0\r\n');
});

test('a triple takes the place of a product secret, and the other way round', async () => {
  const broker = await startBroker();
  const { terminal } = await at('simcom-sim7070');
  await terminal.ask(`AT+SMCONF="URL","127.0.0.1",${broker.port}`);
  for (const command of ['AT+SMALIAUTH="pk","dn","s"', 'AT+SMALIDYNA="pk","dn","s"']) {
    await terminal.ask('AT+SMALIDYNA="pk","dn","s"');
    await terminal.ask(command);
    await terminal.ask('AT+SMCONN');
    await terminal.ask('AT+SMDISC');
  }
  expect(broker.logins.map(({ clientId }) => /authType=\w+/.exec(clientId)?.[0])).toEqual([
    undefined,
    'authType=regnwl',
  ]);
});
