import { readFile } from 'node:fs/promises';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TopicRights } from '../../src/broker/topic-rights.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { closed, enter, inbox, nextMessage, subscribe } from './mqtt-device.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
let url: string;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 40 });
  await setTopic(service, fleet.productKey, 'loop', 'ALL');
  url = service.service.urls.mqtt;
});
afterAll(async () => {
  await service.stop();
});

let next = 0;

/** A device of the fleet that nothing was done with, and its topics. */
function fresh(): TestDevice & { readonly topic: (name: string) => string } {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return { ...device, topic: (name) => `/${device.productKey}/${device.deviceName}/user/${name}` };
}

async function echo(client: MqttClient, topic: string, payload: string): Promise<string> {
  const message = nextMessage(client);
  await client.publishAsync(topic, payload, { qos: 1 });
  return await message;
}

describe('a device', () => {
  it.each(['tcp', 'tls', 'mqtts', 'ws', 'wss'] as const)(
    'publishes and receives on its own topic over %s',
    async (way) => {
      const { httpPort, tlsPort, mqttPort, mqttsPort } = service.service.ports;
      const urls = {
        tcp: `mqtt://127.0.0.1:${mqttPort}`,
        tls: `mqtts://127.0.0.1:${tlsPort}`,
        mqtts: `mqtts://127.0.0.1:${mqttsPort}`,
        ws: `ws://127.0.0.1:${httpPort}/mqtt`,
        wss: `wss://127.0.0.1:${tlsPort}/mqtt`,
      };
      const device = fresh();
      const ca = await readFile(service.service.urls.ca ?? '');
      const client = await enter(urls[way], device, { ca });
      expect(await subscribe(client, [device.topic('loop')])).toEqual([1]);
      expect(await echo(client, device.topic('loop'), way)).toBe(`${device.topic('loop')} ${way}`);
    },
  );

  it('is answered 0x80 for what it may not subscribe to, and stays', async () => {
    const [device, other] = [fresh(), fresh()];
    const client = await enter(url, device);
    const wishes = [
      device.topic('loop'),
      other.topic('loop'),
      device.topic('update'), // PUB only
      device.topic('unknown'),
      `/${device.productKey}/+/user/loop`,
      '#',
      '$SYS/#',
      `/sys/${device.productKey}/${device.deviceName}/thing/config/push_reply`, // published, not heard
    ];
    expect(await subscribe(client, wishes)).toEqual([1, ...Array<number>(7).fill(0x80)]);
    expect(await echo(client, device.topic('loop'), 'still here')).toContain('still here');
  });

  it.each([0, 1, 2] as const)(
    'that publishes where it may not (QoS %d) is acknowledged, and nobody hears it',
    async (qos) => {
      const [device, other] = [fresh(), fresh()];
      const before = service.service.app.get(TopicRights).refusals.publish;
      const client = await enter(url, device);
      const victim = await enter(url, other);
      const [heard, heardByVictim] = [inbox(client), inbox(victim)];
      await subscribe(victim, [other.topic('loop'), other.topic('get')]);
      await subscribe(client, [device.topic('get')]);
      for (const topic of [other.topic('loop'), device.topic('get'), '$SYS/x/new/clients']) {
        await client.publishAsync(topic, 'forged', { qos });
      }
      await subscribe(client, [device.topic('loop')]);
      await echo(client, device.topic('loop'), 'mine');
      await echo(victim, other.topic('loop'), 'own');
      expect(heard).toEqual([`${device.topic('loop')} mine`]);
      expect(heardByVictim).toEqual([`${other.topic('loop')} own`]);
      expect(service.service.app.get(TopicRights).refusals.publish).toBe(before + 3);
    },
  );

  it('that connects again ends its older connection, whatever its client id', async () => {
    const device = fresh();
    const older = await enter(url, device);
    const ended = closed(older);
    const params = 'securemode=3,signmethod=hmacsha1,timestamp=1700000000000';
    const newer = await enter(url, device, credentials(device, { id: 'another', params }));
    await ended;
    await subscribe(newer, [device.topic('loop')]);
    expect(await echo(newer, device.topic('loop'), 'alive')).toContain('alive');
  });

  it('is not ended by a stranger who uses its names', async () => {
    const device = fresh();
    const client = await enter(url, device);
    await subscribe(client, [device.topic('loop')]);
    const stranger = await RawClient.open(service.service.ports.mqttPort);
    stranger.send(connectPacket({ ...credentials(device), password: '00' }));
    expect(await stranger.closed()).toBe('20020004');
    expect(await echo(client, device.topic('loop'), 'alive')).toContain('alive');
  });

  it('feels a changed topic class at once', async () => {
    const own = await makeFleet(service, { quantity: 1 });
    const [device] = own.devices;
    const topic = (name: string) => `/${device.productKey}/${device.deviceName}/user/${name}`;
    await setTopic(service, device.productKey, 'a', 'ALL');
    await setTopic(service, device.productKey, 'b', 'ALL');
    const client = await enter(url, device);
    await subscribe(client, [topic('a'), topic('b')]);
    expect(await echo(client, topic('a'), 'one')).toContain('one');
    await setTopic(service, device.productKey, 'a', 'PUB');
    const heard = inbox(client);
    await client.publishAsync(topic('a'), 'two', { qos: 1 });
    await echo(client, topic('b'), 'three');
    expect(heard).toEqual([`${topic('b')} three`]);
  });

  it('has nothing retained for it', async () => {
    const device = fresh();
    const client = await enter(url, device);
    await client.publishAsync(device.topic('loop'), 'old', { qos: 1, retain: true });
    const heard = inbox(client);
    await subscribe(client, [device.topic('loop')]);
    await echo(client, device.topic('loop'), 'new');
    expect(heard).toEqual([`${device.topic('loop')} new`]);
  });

  it('that comes back with clean=0 finds its subscriptions, and the session is said to be there', async () => {
    const device = fresh();
    const first = await enter(url, device, { clean: false });
    await subscribe(first, [device.topic('loop')]);
    await first.endAsync();
    const raw = await RawClient.open(service.service.ports.mqttPort);
    raw.send(connectPacket({ ...credentials(device), clean: false }));
    expect(await raw.bytes(4)).toBe('20020100');
    raw.socket.end();
    const again = await enter(url, device, { clean: false });
    expect(await echo(again, device.topic('loop'), 'back')).toContain('back');
  });

  it('leaves a will on its own topics only', async () => {
    const device = fresh();
    const observer = fresh();
    const refusals = () => service.service.app.get(TopicRights).refusals.will;
    const before = refusals();
    const watching = await enter(url, observer);
    const heard = inbox(watching);
    await subscribe(watching, [observer.topic('loop')]);
    const will = { topic: observer.topic('loop'), payload: Buffer.from('gone'), qos: 1 } as const;
    const client = await enter(url, device, { will: { ...will, retain: false } });
    expect(refusals()).toBe(before + 1);
    const ended = closed(client);
    client.stream.destroy();
    await ended;
    await echo(watching, observer.topic('loop'), 'own');
    expect(heard).toEqual([`${observer.topic('loop')} own`]);
  });

  it('that goes without DISCONNECT has its will published, and keeps it in its session', async () => {
    const device = fresh();
    const will = { topic: device.topic('loop'), payload: Buffer.from('gone'), qos: 1 } as const;
    const client = await enter(url, device, { clean: false, will: { ...will, retain: true } });
    await subscribe(client, [device.topic('loop')]);
    const raw = await RawClient.open(service.service.ports.mqttPort);
    raw.send(connectPacket({ ...credentials(device), clean: false }));
    await raw.bytes(30);
    expect(raw.received.toString()).toContain('gone');
  });
});

describe('a service that stops', () => {
  it('ends the connections of devices, and is done soon', async () => {
    const own = await startTestService();
    const { devices } = await makeFleet(own, { quantity: 20 });
    const clients = await Promise.all(devices.map((one) => enter(own.service.urls.mqtt, one)));
    const ended = Promise.all(clients.map(closed));
    const startedAt = performance.now();
    await own.stop();
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(8000);
  });
});

it('a device that pings before its login is decided is answered in order', async () => {
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(connectPacket(credentials(fresh())), pingRequest);
  expect(await client.bytes(6)).toBe(accepted + pingAnswer);
});
