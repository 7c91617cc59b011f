import { createHmac } from 'node:crypto';
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { openFrontDoor } from './own-front-door.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 40 });
});
afterAll(async () => {
  await service.stop();
});

let next = 1;

/** A device of the fleet that nothing was done with. */
function fresh(): TestDevice {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return device;
}

function registration(
  { productKey, deviceName }: TestDevice,
  { authType = 'register', secret = fleet.productSecret } = {},
) {
  const random = '8B8FB152';
  const content = `deviceName${deviceName}productKey${productKey}random${random}`;
  const params = `authType=${authType},random=${random},signmethod=hmacsha256,securemode=2`;
  return {
    clientId: `${productKey}.${deviceName}|${params}|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac('sha256', secret).update(content).digest('hex').toUpperCase(),
  };
}

function publishOf(
  { productKey, deviceName, deviceSecret }: TestDevice,
  version: 4 | 5 = 4,
): string {
  const payload = JSON.stringify({ productKey, deviceName, deviceSecret });
  const flags = { qos: 0, dup: false, retain: false } as const;
  const packet = { cmd: 'publish', topic: '/ext/register', payload, ...flags } as const;
  return generate(packet, { protocolVersion: version }).toString('hex');
}

async function open(port = service.service.ports.mqttPort): Promise<RawClient> {
  return await RawClient.open(port);
}

describe('a registration', () => {
  it('is answered with a PUBLISH 50 ms or more after the CONNACK, without any SUBSCRIBE', async () => {
    const device = fresh();
    const { port, writes } = await openFrontDoor(service);
    const client = await open(port);
    client.send(connectPacket(registration(device)));
    expect(await client.bytes(60)).toBe(accepted + publishOf(device));
    expect(writes.map(({ hex }) => hex)).toEqual([accepted, publishOf(device)]);
    const gapMs = (writes[1]?.atMs ?? 0) - (writes[0]?.atMs ?? 0);
    expect(gapMs).toBeGreaterThanOrEqual(50);
    expect(gapMs).toBeLessThan(2000); // SDKs give up after 4.6 s
  });

  it('of MQTT 5 gets the length of its properties with every packet', async () => {
    const device = fresh();
    const client = await open();
    client.send(connectPacket({ ...registration(device), protocolVersion: 5 }));
    expect(await client.bytes(60)).toBe(`2003000000${publishOf(device, 5)}`);
  });

  it('goes on while the device pings, subscribes and acknowledges', async () => {
    const device = fresh();
    const client = await open();
    const subscriptions = [
      { topic: '/ext/register', qos: 1 },
      { topic: '/sys/x', qos: 0 },
    ] as const;
    const subscribe = generate({
      cmd: 'subscribe',
      messageId: 7,
      subscriptions: [...subscriptions],
    });
    client.send(connectPacket(registration(device)), pingRequest, subscribe, '40020001');
    const expected = `${accepted}${pingAnswer}900400070000${publishOf(device)}`;
    expect(await client.bytes(expected.length / 2)).toBe(expected);
    client.send(pingRequest);
    expect(await client.bytes(expected.length / 2 + 2)).toBe(expected + pingAnswer);
  });

  it('ends when the device says DISCONNECT, or just ends the connection', async () => {
    const polite = fresh();
    const client = await open();
    client.send(connectPacket(registration(polite)));
    await client.bytes(60);
    client.send('e000');
    expect(await client.closed()).toBe(accepted + publishOf(polite));
    const brief = fresh();
    const other = await open();
    other.send(connectPacket(registration(brief)));
    await other.bytes(60);
    other.socket.end();
    expect(await other.closed()).toBe(accepted + publishOf(brief));
  });

  it('is ended by the service when the device stays', async () => {
    const device = fresh();
    const { port } = await openFrontDoor(service, { lingerMs: 30 });
    const client = await open(port);
    client.send(connectPacket(registration(device)));
    expect(await client.closed()).toBe(accepted + publishOf(device));
  });

  it.each([
    ['publishes', '3003000161'],
    ['says CONNECT again', '100c00044d5154540402003c0000'],
    ['sends noise', 'ffff'],
    ['talks for more than 8 KiB', pingRequest.repeat(4100)],
  ])('is cut off when the device %s', async (_what, hex) => {
    const client = await open();
    client.send(connectPacket(registration(fresh())), hex);
    expect(await client.closed()).not.toContain(Buffer.from('deviceSecret').toString('hex'));
  });

  it.each([
    ['a wrong signature', { secret: 'x'.repeat(16) }, '20020004', '2003008600'],
    [
      'no pre-registration, which the product does not allow',
      { authType: 'regnwl' },
      '20020004',
      '2003008600',
    ],
  ] as const)('with %s is refused and closed', async (_what, change, v4, v5) => {
    const wish = registration(fresh(), change);
    const client = await open();
    client.send(connectPacket(wish));
    expect(await client.closed()).toBe(v4);
    const modern = await open();
    modern.send(connectPacket({ ...wish, protocolVersion: 5 }));
    expect(await modern.closed()).toBe(v5);
  });

  it('that was promised its secret still gets it when the service stops', async () => {
    const device = fresh();
    const { port, door, writes } = await openFrontDoor(service);
    const client = await open(port);
    client.send(connectPacket(registration(device)));
    await client.bytes(4);
    await door.stop();
    expect(await client.closed()).toBe(accepted + publishOf(device));
    expect(writes).toHaveLength(2);
  });
});

describe('a front door that stops', () => {
  it('closes who is silent, and lets nobody in any more', async () => {
    const { port, door } = await openFrontDoor(service);
    const silent = await open(port);
    silent.send('10');
    const greeted = await open(port);
    greeted.send(connectPacket(credentials(fresh())));
    await greeted.bytes(4); // the silent one came before
    await door.stop();
    expect(await silent.closed()).toBe('');
    const late = await open(port);
    late.send(connectPacket(credentials(fresh())));
    expect(await late.closed()).toBe('');
  });
});

describe('a first packet that does not come', () => {
  it('is not waited for longer than its time', async () => {
    const { port } = await openFrontDoor(service, { firstPacketMs: 30 });
    const client = await open(port);
    client.send(connectPacket(credentials(fresh())).subarray(0, 20));
    expect(await client.closed()).toBe('');
  });
});

it('no secret that was registered is in the log', async () => {
  const [row] = await query<{ n: number }>(
    service,
    `SELECT count(*)::integer AS n FROM audit_event WHERE action = 'device.registered'`,
  );
  expect(row?.n).toBeGreaterThan(5);
  for (const { deviceSecret } of fleet.devices) expect(service.log()).not.toContain(deviceSecret);
});
