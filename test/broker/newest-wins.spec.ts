import { readFile } from 'node:fs/promises';
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { Presence } from '../../src/devices/presence.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { closed, enter, nextMessage, subscribe } from './mqtt-device.js';
import { openPort } from './open-port.js';
import { RawClient, connectPacket } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
let ca: Buffer;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 10 });
  await setTopic(service, fleet.productKey, 'loop', 'ALL');
  ca = await readFile(service.service.urls.ca ?? '');
});
afterAll(async () => {
  await service.stop();
});

let next = 0;
function fresh(): TestDevice & { readonly loop: string } {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return { ...device, loop: `/${device.productKey}/${device.deviceName}/user/loop` };
}

type Way = 'tcp' | 'tls' | 'mqtts' | 'ws' | 'wss';

function urlOf(way: Way): string {
  const { httpPort, tlsPort, mqttPort, mqttsPort } = service.service.ports;
  const urls = {
    tcp: `mqtt://127.0.0.1:${mqttPort}`,
    tls: `mqtts://127.0.0.1:${tlsPort}`,
    mqtts: `mqtts://127.0.0.1:${mqttsPort}`,
    ws: `ws://127.0.0.1:${httpPort}/mqtt`,
    wss: `wss://127.0.0.1:${tlsPort}/mqtt`,
  };
  return urls[way];
}

interface Shown {
  readonly online: boolean;
  readonly address: string | null;
}

async function shown({ productKey, deviceName }: TestDevice): Promise<Shown> {
  await service.service.app.get(Presence).flush();
  return (await service.call<Shown>('GET', `/api/v1/devices/${productKey}/${deviceName}`)).body;
}

describe('the newer connection of a device', () => {
  it.each([
    ['tcp', 'tls'],
    ['tls', 'ws'],
    ['ws', 'mqtts'],
    ['mqtts', 'wss'],
    ['wss', 'tcp'],
  ] as const)('ends the older one: %s, then %s', async (first, then) => {
    const device = fresh();
    const login = (id: string, timestamp: number) => {
      const params = `securemode=2,signmethod=hmacsha1,timestamp=${timestamp}`;
      return { ...credentials(device, { id, params }), ca };
    };
    const older = await enter(urlOf(first), device, login('a', 1_700_000_000_000));
    const ended = closed(older);
    const newer = await enter(urlOf(then), device, login(`b.${first}`, 1_700_000_000_001));
    await ended;
    await subscribe(newer, [device.loop]);
    const heard = nextMessage(newer);
    await newer.publishAsync(device.loop, 'alive', { qos: 1 });
    expect(await heard).toBe(`${device.loop} alive`);
    expect(await shown(device)).toMatchObject({ online: true, address: '127.0.0.1' });
    const gone = closed(newer);
    await newer.endAsync();
    await gone;
    await expect.poll(async () => (await shown(device)).online).toBe(false);
  });

  it('is the only one left when a device comes again and again while it is still going', async () => {
    const device = fresh();
    const broker = service.service.app.get(EmbeddedBroker);
    // Behind the front door: a login takes longer than the moment that this is about.
    const port = await openPort((socket) => {
      broker.take(socket, device, '127.0.0.1');
    });
    const connect = connectPacket(credentials(device));
    const listen = generate({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: Array.from({ length: 20 }, (_, at) => ({
        topic: `/sys/${device.productKey}/${device.deviceName}/rrpc/request/${at}`,
        qos: 1,
      })),
    });
    const clients = [await RawClient.open(port)];
    clients[0]?.send(connect, listen);
    for (let round = 0; round < 150; round += 1) {
      const newer = await RawClient.open(port);
      const older = clients.at(-1);
      await older?.bytes(4 + 24);
      for (let turn = 0; turn < round % 5; turn += 1) await new Promise(setImmediate);
      if (round % 3 !== 0) older?.socket.end();
      for (let turn = 0; turn < round % 7; turn += 1) await new Promise(setImmediate);
      newer.send(connect, listen);
      clients.push(newer);
    }
    const [last, ...others] = clients.reverse();
    await last?.bytes(4 + 24);
    await Promise.all(others.map((client) => client.closed()));
    expect(broker.connected(device)).toHaveLength(1);
    expect(await shown(device)).toMatchObject({ online: true });
    broker.cut(device);
    await last?.closed();
    await expect.poll(() => broker.connected(device)).toEqual([]);
    expect(await shown(device)).toMatchObject({ online: false });
  });
});
