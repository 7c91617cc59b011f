import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet } from './devices.js';
import type { Fleet } from './devices.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 5 });
});
afterAll(async () => {
  await service.stop();
});

async function open(): Promise<RawClient> {
  return await RawClient.open(service.service.ports.mqttPort);
}

describe('the first packet of a connection', () => {
  it('may come one byte at a time', async () => {
    const client = await open();
    for (const byte of connectPacket(credentials(fleet.devices[0]))) {
      client.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await client.bytes(4)).toBe(accepted);
  });

  it('may come together with what follows it', async () => {
    const client = await open();
    client.send(connectPacket(credentials(fleet.devices[0])), pingRequest, pingRequest);
    expect(await client.bytes(8)).toBe(accepted + pingAnswer + pingAnswer);
  });

  it('may be of MQTT 3.1', async () => {
    const client = await open();
    client.send(connectPacket({ ...credentials(fleet.devices[0]), protocolVersion: 3 }));
    expect(await client.bytes(4)).toBe(accepted);
  });

  it('of a MQTT 5 login is answered that this version is not spoken', async () => {
    const client = await open();
    client.send(connectPacket({ ...credentials(fleet.devices[0]), protocolVersion: 5 }));
    expect(await client.closed()).toBe('2003008400');
  });
});

describe('a protocol level that nobody speaks', () => {
  it.each([
    ['MQTT 6', '100c00044d5154540602003c0000'],
    ['MQTT 0', '100c00044d5154540002003c0000'],
    ['MQTT 6 with fields of its own', '101000044d51545406ffffffffff0102030405'],
    ['MQIsdp 2', '100e00064d51497364700202003c0000'],
  ])('%s is answered with CONNACK 1 and closed', async (_, hex) => {
    const client = await open();
    client.send(hex);
    expect(await client.closed()).toBe('20020001');
  });

  it('that comes one byte at a time is answered alike', async () => {
    const client = await open();
    for (const byte of Buffer.from('100c00044d5154540602003c0000', 'hex')) {
      client.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await client.closed()).toBe('20020001');
  });
});

const login = (): Buffer => connectPacket(credentials(fleet.devices[0]));
const brokenPackets: readonly (readonly [string, () => Buffer])[] = [
  ['a client id of 64 KB', () => connectPacket({ clientId: 'x'.repeat(65_000) })],
  ['a length of five bytes', () => Buffer.from('10ffffffffff', 'hex')],
  ['a length of 256 MB', () => Buffer.from('10ffffff7f00044d515454', 'hex')],
  ['no content at all', () => Buffer.from('1000', 'hex')],
  ['noise', () => Buffer.from(`100c${'9f'.repeat(12)}`, 'hex')],
  ['another protocol', () => Buffer.from('100c00044855505004020078000000', 'hex')],
  ['half a protocol name', () => Buffer.from('100400044d51', 'hex')],
  ['a name and no level', () => Buffer.from('100600044d515454', 'hex')],
  ['a reserved flag', () => Buffer.from('100c00044d5154540403003c0000', 'hex')],
  [
    'a client id that reaches past the packet',
    () => Buffer.from(`100e00044d5154540402003c00ff7878${'c000'.repeat(200)}`, 'hex'),
  ],
  ['PUBLISH instead of CONNECT', () => Buffer.from('3003000161', 'hex')],
  ['PINGREQ instead of CONNECT', () => Buffer.from(pingRequest, 'hex')],
  ['an HTTP request', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
];

describe('a connection that begins with', () => {
  it.each(brokenPackets)(
    '%s is closed without a word, and no other one is',
    async (_what, bytes) => {
      const other = await open();
      other.send(connectPacket(credentials(fleet.devices[0])));
      await other.bytes(4);
      const client = await open();
      client.send(bytes());
      expect(await client.closed()).toBe('');
      other.send(pingRequest);
      expect(await other.bytes(6)).toBe(accepted + pingAnswer);
    },
  );

  it('half a CONNECT and an end is closed without a word', async () => {
    const client = await open();
    client.socket.end(login().subarray(0, 40));
    expect(await client.closed()).toBe('');
  });

  it('two CONNECTs gets an answer to the first and is closed', async () => {
    const client = await open();
    client.send(login());
    await client.bytes(4);
    client.send(login());
    expect(await client.closed()).toBe(accepted);
  });
});
