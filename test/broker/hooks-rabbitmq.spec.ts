import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownDevices } from '../../src/broker/hooks/known-devices.js';
import { exportTriples, makeOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials, makeFleet, query, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { askAsRabbit, rabbitLogin } from './hook-calls.js';
import type { HookAnswer, Sent } from './hook-calls.js';

let service: TestService;
let fleet: Fleet;
/** Devices of which RabbitMQ writes some topics alike. */
let short: TestDevice;
let dotted: TestDevice;
let dottedLikeTopic: TestDevice;
beforeAll(async () => {
  service = await startTestService();
  fleet = await makeFleet(service, { quantity: 30 });
  for (const name of ['loop', 'x', '1/user/x']) {
    await setTopic(service, fleet.productKey, name, 'ALL');
  }
  short = await named('site'); // site1
  dotted = await named('site1.a'); // site1.a1
  dottedLikeTopic = await named('site1.user.'); // site1.user.1
  for (const one of [short, dotted, dottedLikeTopic]) expect(await logIn(one)).toBe('allow');
});
afterAll(async () => {
  await service.stop();
});

/** Makes a device of the fleet's product. Shape: its name is the prefix and `1`. */
async function named(prefix: string): Promise<TestDevice> {
  const { productKey } = fleet;
  const naming = { kind: 'sequence', prefix, width: 1 };
  const { orderId } = await makeOrder(service, productKey, { quantity: 1, naming });
  const deviceName = `${prefix}1`;
  const deviceSecret = (await exportTriples(service, orderId)).get(deviceName) ?? '';
  return { productKey, deviceName, deviceSecret };
}

let next = 0;

/** A device of the fleet that nothing was done with. */
function fresh(): TestDevice {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return device;
}

async function ask(name: string, fields: Sent): Promise<string> {
  const answer = await askAsRabbit(service, name, fields);
  expect(answer).toEqual({
    status: 200,
    contentType: 'text/plain',
    text: answer.text,
  } satisfies HookAnswer);
  return answer.text;
}

const logIn = async (device: TestDevice): Promise<string> => await ask('user', rabbitLogin(device));

/** Asks about a routing key. Shape: `{}` stands for the names of the device. */
async function askTopic(device: TestDevice, permission: string, key: string): Promise<string> {
  const { clientId, username } = credentials(device);
  return await ask('topic', {
    username,
    ...{ vhost: '/', resource: 'topic', name: 'amq.topic', permission, tags: '' },
    routing_key: key.replace('{}', `${device.productKey}.${device.deviceName}`),
    ...{ 'variable_map.client_id': clientId, 'variable_map.username': username },
    'variable_map.vhost': '/',
  });
}

async function disable({ productKey, deviceName }: TestDevice): Promise<void> {
  const path = `/api/v1/devices/${productKey}/${encodeURIComponent(deviceName)}/disable`;
  expect((await service.call('POST', path, {})).status).toBe(200);
}

describe('a login that RabbitMQ asks about', () => {
  it('is allowed without tags, and activates the device', async () => {
    const device = fresh();
    expect(await logIn(device)).toBe('allow');
    const told = await query(
      service,
      `SELECT actor, address FROM audit_event
       WHERE action = 'device.activated' AND device_name = $1`,
      [device.deviceName],
    );
    expect(told).toEqual([{ actor: 'device', address: '' }]); // RabbitMQ does not say from where
  });

  it('may come with any name that a device can have', async () => {
    expect(await logIn(await named('an@odd:na-me_'))).toBe('allow');
  });

  it('is denied when it proves nothing', async () => {
    const device = fresh();
    const good = rabbitLogin(device);
    const { username = '', password = '', client_id: clientId = '' } = good;
    const denied: Sent[] = [
      { ...good, password: '00' },
      { ...good, username: `nobody&${device.productKey}` },
      { ...good, username: 'guest', password: 'guest' },
      { username, client_id: clientId },
      { username, password }, // another protocol than MQTT
      {},
    ];
    for (const fields of denied) expect(await ask('user', fields)).toBe('deny');
    expect(await ask('vhost', good)).toBe('deny'); // it never logged in
  });

  it('is denied when it is a registration, which no broker can answer', async () => {
    const { productKey, deviceName } = fresh();
    for (const authType of ['register', 'regnwl']) {
      const content = `deviceName${deviceName}productKey${productKey}random1`;
      const password = createHmac('sha256', fleet.productSecret).update(content).digest('hex');
      const params = `securemode=2,authType=${authType},random=1,signmethod=hmacsha256`;
      const fields = { username: `${deviceName}&${productKey}`, password, vhost: '/' };
      expect(await ask('user', { ...fields, client_id: `x|${params}|` })).toBe('deny');
    }
  });

  it('is denied once the device is disabled, and so is all that follows', async () => {
    const device = fresh();
    expect(await logIn(device)).toBe('allow');
    expect(await askTopic(device, 'write', '.{}.user.loop')).toBe('allow');
    await disable(device);
    expect(await logIn(device)).toBe('deny');
    await expect.poll(() => askTopic(device, 'write', '.{}.user.loop')).toBe('deny');
    await expect.poll(() => ask('vhost', rabbitLogin(device))).toBe('deny');
  });

  it('of the service before a restart, or of another copy, is remembered by the database', async () => {
    const device = fresh();
    await logIn(device);
    service.service.app.get(KnownDevices).cut(device);
    expect(await askTopic(device, 'write', '.{}.user.loop')).toBe('allow');
    await disable(device);
    service.service.app.get(KnownDevices).cut(device);
    expect(await askTopic(device, 'write', '.{}.user.loop')).toBe('deny');
  });
});

describe('a device that RabbitMQ has let in', () => {
  let device: TestDevice;
  beforeAll(async () => {
    device = fresh();
    await logIn(device);
  });

  it('enters the virtual host that RabbitMQ has chosen', async () => {
    const { clientId, username } = credentials(device);
    const fields = { username, vhost: '/', ip: '127.0.0.1', tags: '', client_id: clientId };
    expect(await ask('vhost', fields)).toBe('allow');
  });

  it.each([
    ['queue', 'mqtt-subscription-{}qos0', 'configure', 'allow'],
    ['queue', 'mqtt-subscription-{}qos1', 'write', 'allow'],
    ['queue', 'mqtt-subscription-{}qos1', 'read', 'allow'],
    ['queue', 'mqtt-will-{}', 'read', 'allow'],
    ['queue', 'mqtt-subscription-otherqos1', 'read', 'deny'],
    ['queue', 'mqtt-subscription-', 'read', 'deny'],
    ['queue', 'orders', 'read', 'deny'],
    ['exchange', 'amq.topic', 'read', 'allow'],
    ['exchange', 'amq.topic', 'write', 'allow'],
    ['exchange', 'amq.topic', 'configure', 'deny'],
    ['exchange', 'amq.direct', 'write', 'deny'],
    ['exchange', '', 'write', 'deny'],
    ['topic', 'amq.topic', 'write', 'deny'],
  ])('asks for the %s %s, to %s: %s', async (resource, name, permission, expected) => {
    const { clientId, username } = credentials(device);
    const fields = { username, vhost: '/', resource, permission, tags: '', client_id: clientId };
    expect(await ask('resource', { ...fields, name: name.replace('{}', clientId) })).toBe(expected);
  });

  it.each([
    ['write', '.{}.user.loop', 'allow'],
    ['read', '.{}.user.loop', 'allow'],
    ['read', '.{}.user.get', 'allow'],
    ['write', '.{}.user.get', 'deny'], // SUB only
    ['read', '.{}.user.update', 'deny'], // PUB only
    ['write', '.sys.{}.thing.event.property.post', 'allow'],
    ['read', '.sys.{}.thing.service.*', 'allow'],
    ['write', '.sys.{}.thing.service.property.set', 'deny'],
    ['read', '.ota.device.upgrade.{}', 'allow'],
    ['read', '.{}.user.*', 'deny'],
    ['read', '.{}.user.#', 'deny'],
    ['read', '.{}.#', 'deny'],
    ['read', '#', 'deny'],
    ['read', '*.*.*.user.loop', 'deny'],
    ['write', '.{}x.user.loop', 'deny'],
    ['write', 'x.{}.user.loop', 'deny'],
    ['write', '', 'deny'],
  ])('may %s %s: %s', async (permission, key, expected) => {
    expect(await askTopic(device, permission, key)).toBe(expected);
  });

  it('is refused what belongs to another', async () => {
    const other = fresh();
    const key = `.${other.productKey}.${other.deviceName}.user.loop`;
    for (const permission of ['read', 'write']) {
      expect(await askTopic(device, permission, key)).toBe('deny');
    }
  });

  it('has its own topics in another exchange nowhere', async () => {
    const { clientId, username } = credentials(device);
    const routingKey = `.${device.productKey}.${device.deviceName}.user.loop`;
    const fields = { username, name: 'amq.direct', permission: 'write', routing_key: routingKey };
    expect(await ask('topic', { ...fields, 'variable_map.client_id': clientId })).toBe('deny');
  });
});

describe('a device with a dot in its name, which RabbitMQ writes like a slash', () => {
  it('has its own topics', async () => {
    expect(await askTopic(dotted, 'write', '.{}.user.loop')).toBe('allow');
    expect(await askTopic(dotted, 'read', '.sys.{}.thing.service.*')).toBe('allow');
    expect(await askTopic(dottedLikeTopic, 'write', '.{}.user.loop')).toBe('allow');
  });

  it('gives way where a topic could be one of a shorter name', async () => {
    // site1: /pk/site1/user/1/user/x; site1.user.1: /pk/site1.user.1/user/x
    const key = `.${short.productKey}.site1.user.1.user.x`;
    expect(await askTopic(short, 'write', key)).toBe('allow');
    expect(await askTopic(dottedLikeTopic, 'write', key)).toBe('deny');
    expect(await askTopic(dottedLikeTopic, 'read', key)).toBe('deny');
    // site1: whatever follows its name; site1.a1: whatever follows that
    const rrpc = `.ext.rrpc.7.${short.productKey}.site1.a1.get`;
    expect(await askTopic(short, 'read', rrpc)).toBe('allow');
    expect(await askTopic(dotted, 'read', rrpc)).toBe('deny');
  });
});
