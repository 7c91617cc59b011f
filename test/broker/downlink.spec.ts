import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DownlinkStore } from '../../src/broker/downlink.store.js';
import { Presence } from '../../src/devices/presence.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import { credentials, makeFleet, query } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { enter, inbox, nextMessage, subscribe } from './mqtt-device.js';

let service: TestService;
let fleet: Fleet;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 30 });
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

type Device = Pick<TestDevice, 'productKey' | 'deviceName'>;
type Sent = Answer<{ online: boolean; delivery: string; code?: string }>;

function send({ productKey, deviceName }: Device, body: object, at = service): Promise<Sent> {
  return at.call('POST', `/api/v1/devices/${productKey}/${deviceName}/publish`, body);
}

/** As the C Link SDK 4.2 logs in. */
const withoutSubscribing = (device: TestDevice) =>
  credentials(device, {
    params:
      'timestamp=2524608000000,_ss=1,_v=sdk-c-4.2.0,securemode=3,signmethod=hmacsha256,ext=3,_conn=tcp',
  });

describe('a message to a device', () => {
  it.each([
    [{ payload: '{"on":1}' }, '{"on":1}'],
    [{ payload: '温度', qos: 1 }, '温度'],
    [{ payload: Buffer.from('raw').toString('base64'), encoding: 'base64' }, 'raw'],
    [{ payload: '' }, ''],
  ])('arrives: %j', async (body, expected) => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    await subscribe(client, [`${device.user}/get`]);
    const heard = nextMessage(client);
    const { status, body: answer } = await send(device, { topic: `${device.user}/get`, ...body });
    expect([status, answer]).toEqual([200, { online: true, delivery: 'sent' }]);
    expect(await heard).toBe(`${device.user}/get ${expected}`);
  });

  it('keeps bytes that are no text, and its quality of service', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    await subscribe(client, [`${device.user}/get`], 1);
    const bytes = Buffer.from([0, 255, 254, 128, 10]);
    const heard = new Promise((resolve) => {
      client.once('message', (_topic, payload, packet) => {
        resolve([payload.toString('hex'), packet.qos]);
      });
    });
    const payload = bytes.toString('base64');
    await send(device, { topic: `${device.user}/get`, payload, encoding: 'base64', qos: 1 });
    expect(await heard).toEqual([bytes.toString('hex'), 1]);
  });

  it('comes in the quality of service that was subscribed, if that is lower', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    await subscribe(client, [`${device.sys}/rrpc/request/+`], 0);
    const heard = new Promise((resolve) => {
      client.once('message', (_topic, _payload, packet) => {
        resolve(packet.qos);
      });
    });
    await send(device, { topic: `${device.sys}/rrpc/request/1`, payload: 'x', qos: 1 });
    expect(await heard).toBe(0);
  });

  it('is told of in the history, by topic and size and never by content', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    await subscribe(client, [`${device.user}/get`]);
    const payload = 'kept-between-us';
    await send(device, { topic: `${device.user}/get`, payload, qos: 1 });
    const events = await query(
      service,
      `SELECT actor, detail FROM audit_event
       WHERE action = 'device.message_sent' AND device_name = $1`,
      [device.deviceName],
    );
    const detail = { topic: `${device.user}/get`, qos: 1, sizeBytes: payload.length };
    expect(events).toEqual([{ actor: expect.stringContaining('admin') as unknown, detail }]);
    expect(service.log()).not.toContain(payload);
  });

  it('that is not connected is not sent, and nothing is told', async () => {
    const device = fresh();
    const { status, body } = await send(device, { topic: `${device.user}/get`, payload: 'x' });
    expect([status, body]).toEqual([200, { online: false, delivery: 'offline' }]);
    const told = await query(
      service,
      `SELECT 1 FROM audit_event WHERE action = 'device.message_sent' AND device_name = $1`,
      [device.deviceName],
    );
    expect(told).toEqual([]);
  });

  it('that did not subscribe is not sent', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    const heard = inbox(client);
    const { body } = await send(device, { topic: `${device.user}/get`, payload: 'x' });
    expect(body).toEqual({ online: true, delivery: 'not_subscribed' });
    await subscribe(client, [`${device.user}/get`]);
    const second = nextMessage(client);
    await send(device, { topic: `${device.user}/get`, payload: 'y' });
    await second;
    expect(heard).toEqual([`${device.user}/get y`]);
  });

  it('on a topic of its product goes to this device alone', async () => {
    const [device, other] = [fresh(), fresh()];
    const topic = `/broadcast/${device.productKey}/news`;
    const clients = [];
    for (const one of [device, other]) {
      const client = await enter(service.service.urls.mqtt, one);
      await subscribe(client, [`/broadcast/${device.productKey}/+`]);
      clients.push(client);
    }
    const heard = clients.map(inbox);
    const [first] = clients;
    if (!first) throw new Error('no client');
    const arrived = nextMessage(first);
    await send(device, { topic, payload: 'you' });
    await arrived;
    expect(heard).toEqual([[`${topic} you`], []]);
  });
});

describe('a device with _ss=1', () => {
  it('hears the system topics without a SUBSCRIBE, each message once', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device, withoutSubscribing(device));
    const heard = inbox(client);
    const topics = [
      `${device.sys}/thing/service/property/set`,
      `${device.sys}/thing/service/reboot`,
      `${device.sys}/thing/event/property/post_reply`,
      `${device.sys}/rrpc/request/42`,
      `/ext/rrpc/42/sys/${device.productKey}/${device.deviceName}/thing/service/reboot`,
      `/ota/device/upgrade/${device.productKey}/${device.deviceName}`,
      `/shadow/get/${device.productKey}/${device.deviceName}`,
    ];
    await subscribe(client, [`${device.sys}/thing/service/+`, `${device.user}/get`]);
    for (const topic of topics) {
      expect((await send(device, { topic, payload: '{}', qos: 1 })).body.delivery).toBe('sent');
    }
    const last = nextMessage(client);
    await send(device, { topic: `${device.user}/get`, payload: 'end', qos: 1 });
    await expect.poll(() => heard.at(-1)).toBe(`${device.user}/get end`);
    await last;
    expect(heard).toEqual([...topics.map((topic) => `${topic} {}`), `${device.user}/get end`]);
  });

  it('hears no more of what it unsubscribes, until it comes again', async () => {
    const device = fresh();
    const topic = `${device.sys}/thing/service/property/set`;
    const client = await enter(service.service.urls.mqtt, device, withoutSubscribing(device));
    await client.unsubscribeAsync(topic);
    expect((await send(device, { topic, payload: '{}' })).body.delivery).toBe('not_subscribed');
    await enter(service.service.urls.mqtt, device, withoutSubscribing(device));
    expect((await send(device, { topic, payload: '{}' })).body.delivery).toBe('sent');
  });

  it('does not hear custom topics, and without it a device hears nothing', async () => {
    const [device, other] = [fresh(), fresh()];
    await enter(service.service.urls.mqtt, device, withoutSubscribing(device));
    await enter(service.service.urls.mqtt, other);
    const custom = await send(device, { topic: `${device.user}/get`, payload: 'x' });
    const system = await send(other, { topic: `${other.sys}/rrpc/request/1`, payload: 'x' });
    expect([custom, system].map(({ body }) => body.delivery)).toEqual([
      'not_subscribed',
      'not_subscribed',
    ]);
  });
});

describe('what is refused', () => {
  it.each([
    ['what it publishes', (d: Device) => `/${d.productKey}/${d.deviceName}/user/update`],
    ['an unknown class', (d: Device) => `/${d.productKey}/${d.deviceName}/user/nope`],
    ['of another device', (d: Device) => `/${d.productKey}/other/user/get`],
    ['a filter', (d: Device) => `/sys/${d.productKey}/${d.deviceName}/rrpc/request/+`],
    ['of the broker', () => '$SYS/x'],
    ['of a registration', () => '/ext/register'],
  ])('a topic that the device may not hear: %s', async (_what, topicOf) => {
    const device = fleet.devices[0];
    const { status, body } = await send(device, { topic: topicOf(device), payload: 'x' });
    expect([status, body.code]).toEqual([422, 'topic.not_for_device']);
  });

  it('a device that is unknown, disabled or void', async () => {
    const [disabled, gone] = [fresh(), fresh()];
    const path = ({ productKey, deviceName }: Device) =>
      `/api/v1/devices/${productKey}/${deviceName}`;
    await service.call('POST', `${path(disabled)}/disable`);
    await service.call('POST', `${path(gone)}/void`, { reason: 'test' });
    const unknown = { ...disabled, deviceName: 'nobody' };
    const answers = [];
    for (const one of [unknown, disabled, gone]) {
      const { status, body } = await send(one, { topic: `${disabled.user}/get`, payload: 'x' });
      answers.push([status, body.code]);
    }
    expect(answers).toEqual([
      [404, 'device.not_found'],
      [409, 'device.disabled'],
      [409, 'device.void'],
    ]);
  });

  it('a payload beyond 256 KiB, and one of that size arrives', async () => {
    const device = fresh();
    const client = await enter(service.service.urls.mqtt, device);
    await subscribe(client, [`${device.user}/get`]);
    const topic = `${device.user}/get`;
    const most = 'x'.repeat(256 * 1024);
    const heard = nextMessage(client);
    const { status, body } = await send(device, { topic, payload: `${most}x` });
    expect([status, body.code]).toEqual([413, 'request.too_large']);
    await send(device, { topic, payload: most });
    expect((await heard).length).toBe(`${topic} `.length + most.length);
  });

  it.each([
    [{ payload: 'x' }, 'topic'],
    [{ topic: '/a' }, 'payload'],
    [{ topic: '/a', payload: 'x', qos: 2 }, 'qos'],
    [{ topic: '/a', payload: 'x!', encoding: 'base64' }, 'payload'],
    [{ topic: '/a', payload: 'x', encoding: 'hex' }, 'encoding'],
    [{ topic: '/a', payload: 'x', retain: true }, 'retain'],
  ])('a body such as %j, by its field', async (body, field) => {
    const { status, text } = await send(fleet.devices[0], body);
    expect([status, text]).toEqual([422, expect.stringContaining(field)]);
  });
});

describe('a device at another copy of the service', () => {
  it('is sent the message by that copy, and nothing is left lying', async () => {
    const other = await startTestService({
      DATABASE_URL: service.database.url.expose(),
      MASTER_KEY_FILE: join(service.dataDir, 'master.key'),
    });
    try {
      const device = fresh();
      const topic = `${device.user}/get`;
      const client = await enter(other.service.urls.mqtt, device);
      await subscribe(client, [topic]);
      await other.service.app.get(Presence).flush();
      const heard = inbox(client);
      for (const payload of ['one', 'two', 'three']) {
        const { body } = await send(device, { topic, payload, qos: 1 });
        expect(body).toEqual({ online: true, delivery: 'relayed' });
      }
      await expect.poll(() => heard).toHaveLength(3);
      expect(heard).toEqual(['one', 'two', 'three'].map((payload) => `${topic} ${payload}`));
      expect(await query(service, 'SELECT 1 FROM downlink')).toEqual([]);
      expect((await send(device, { topic, payload: 'x' }, other)).body.delivery).toBe('sent');
    } finally {
      await other.stop();
    }
  });

  it('is not sent what lay for a minute', async () => {
    const copy = 999_999; // nobody else takes what is for it
    const store = new DownlinkStore();
    const { dataSource } = service.database;
    const add = (age: string) =>
      query(
        service,
        `INSERT INTO downlink (copy, product_key, device_name, topic, payload, qos, created_at)
         VALUES ($1, 'pk', $2, '/t', '\\x00', 0, now() - $2::text::interval)`,
        [copy, age],
      );
    await add('61 s');
    await add('2 s');
    const taken = await store.take(dataSource.manager, copy);
    expect(taken.map(({ deviceName }) => deviceName)).toEqual(['2 s']);
    await store.sweep(dataSource.manager);
    expect(await query(service, 'SELECT 1 FROM downlink')).toEqual([]);
  });
});
