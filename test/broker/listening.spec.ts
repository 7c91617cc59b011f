import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TopicRights } from '../../src/broker/topic-rights.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { enter, inbox, nextMessage, subscribe } from './mqtt-device.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

let service: TestService;
let fleet: Fleet;
let url: string;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 20 });
  await setTopic(service, fleet.productKey, 'loop', 'ALL');
  url = service.service.urls.mqtt;
});
afterAll(async () => {
  await service.stop();
});

let next = 0;
function fresh(): TestDevice & { readonly user: string; readonly sys: string } {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  const names = `${device.productKey}/${device.deviceName}`;
  return { ...device, user: `/${names}/user`, sys: `/sys/${names}` };
}

async function rawLogin(device: TestDevice, clean = true): Promise<RawClient> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(connectPacket({ ...credentials(device), clean }));
  await client.bytes(4);
  return client;
}

function subscribePacket(topics: readonly string[]): Buffer {
  const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }));
  return generate({ cmd: 'subscribe', messageId: 7, subscriptions });
}

describe('a device that subscribes', () => {
  it('as the npm SDK does, sixteen times, is granted all but one topic, which is not heard', async () => {
    const { sys, productKey, deviceName, ...device } = fresh();
    const names = `${productKey}/${deviceName}`;
    const client = await rawLogin({ ...device, productKey, deviceName });
    client.send(
      subscribePacket([
        `${sys}/thing/event/property/post_reply`,
        `${sys}/thing/service/property/set`,
        `${sys}/thing/event/+/post_reply`,
        `${sys}/thing/deviceinfo/update_reply`,
        `${sys}/thing/deviceinfo/delete_reply`,
        `${sys}/thing/config/get_reply`,
        `/shadow/get/${names}`,
        `${sys}/thing/config/push`,
        `${sys}/thing/config/push_reply`,
        `${sys}/thing/topo/add_reply`,
        `${sys}/thing/topo/delete_reply`,
        `${sys}/thing/topo/get_reply`,
        `/ext/session/${names}/combine/login_reply`,
        `/ext/session/${names}/combine/logout_reply`,
        `${sys}/thing/sub/register_reply`,
        `${sys}/rrpc/request/+`,
      ]),
    );
    const codes = '01'.repeat(8) + '80' + '01'.repeat(7);
    expect(await client.bytes(4 + 4 + 16)).toBe(`${accepted}90120007${codes}`);
  });

  it('to more than two hundred filters is answered 0x80 for the rest, and stays', async () => {
    const device = fresh();
    const client = await enter(url, device);
    const wishes = Array.from({ length: 250 }, (_, at) => `${device.sys}/rrpc/request/${at}`);
    const codes = [
      ...(await subscribe(client, wishes.slice(0, 150))),
      ...(await subscribe(client, wishes.slice(150))),
    ];
    expect(codes).toEqual([...Array<number>(200).fill(1), ...Array<number>(50).fill(0x80)]);
    expect(await subscribe(client, wishes.slice(0, 3))).toEqual([1, 1, 1]); // held already
    await client.unsubscribeAsync(wishes[0] ?? '');
    expect(await subscribe(client, wishes.slice(249))).toEqual([1]);
  });

  it('to twenty thousand foreign filters in one packet holds up nobody, with a session or without', async () => {
    const bystander = fresh();
    const observer = await enter(url, bystander);
    await subscribe(observer, [`${bystander.user}/loop`]);
    for (const clean of [true, false]) {
      const device = fresh();
      const client = await rawLogin(device, clean);
      const foreign = Array.from({ length: 20_000 }, (_, at) => `/f/${at}`);
      client.send(subscribePacket([`${device.user}/loop`, ...foreign]));
      const startedAt = performance.now();
      await client.bytes(4 + 20_000);
      const heard = nextMessage(observer);
      await observer.publishAsync(`${bystander.user}/loop`, 'alive', { qos: 1 });
      expect(await heard).toContain('alive');
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    }
  });
});

describe('what a device publishes on a system topic', () => {
  it.each([true, false])('is acknowledged and comes back to nobody (clean=%s)', async (clean) => {
    const device = fresh();
    const refused = service.service.app.get(TopicRights).refusals.publish;
    const client = await enter(url, device, { clean });
    const heard = inbox(client);
    const echoed = [
      `${device.sys}/thing/service/reboot_reply`,
      `/ota/device/request/${device.productKey}/${device.deviceName}`,
      `/ext/rrpc/5/${device.productKey}/${device.deviceName}/user/get`,
    ];
    const filters = [`${device.sys}/thing/service/+`, ...echoed.slice(1), `${device.user}/loop`];
    expect(await subscribe(client, filters)).toEqual([1, 1, 1, 1]);
    for (const topic of [...echoed, `${device.sys}/thing/event/property/post`]) {
      await client.publishAsync(topic, '{"id":"1"}', { qos: 1 });
    }
    const last = nextMessage(client);
    await client.publishAsync(`${device.user}/loop`, 'end', { qos: 1 });
    await last;
    await client.endAsync();
    const again = await enter(url, device, { clean });
    const heardLater = inbox(again);
    await subscribe(again, [`${device.user}/loop`]);
    const echo = nextMessage(again);
    await again.publishAsync(`${device.user}/loop`, 'later', { qos: 1 });
    await echo;
    expect([heard, heardLater]).toEqual([
      [`${device.user}/loop end`],
      [`${device.user}/loop later`],
    ]);
    expect(service.service.app.get(TopicRights).refusals.publish).toBe(refused);
  });
});
