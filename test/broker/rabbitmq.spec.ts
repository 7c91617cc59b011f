import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { connectAsync } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTriples, makeOrder } from '../support/orders.js';
import { credentials, makeFleet, query, setTopic } from './devices.js';
import type { Fleet, TestDevice } from './devices.js';
import { closed, enter, inbox, nextMessage, subscribe } from './mqtt-device.js';
import { RabbitmqSite } from './rabbitmq-site.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

const isHere = existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server');
const mustRun = Boolean(process.env['CI']);
const title = isHere || mustRun ? '' : ' (skipped: rabbitmq-server is not installed)';

interface Device extends TestDevice {
  readonly topic: (name: string) => string;
}

let site: RabbitmqSite;
let fleet: Fleet;
let url: string;
let next = 0;

/** A device of the fleet that nothing was done with, and its topics. */
function fresh(): Device {
  const device = fleet.devices[next];
  if (!device) throw new Error('the fleet is used up');
  next += 1;
  return withTopics(device);
}

function withTopics(device: TestDevice): Device {
  const { productKey, deviceName } = device;
  return { ...device, topic: (name) => `/${productKey}/${deviceName}/user/${name}` };
}

/** Makes a device of the fleet's product. Shape: its name is the prefix and `1`. */
async function named(prefix: string): Promise<Device> {
  const { productKey } = fleet;
  const naming = { kind: 'sequence', prefix, width: 1 };
  const { orderId } = await makeOrder(site.service, productKey, { quantity: 1, naming });
  const deviceName = `${prefix}1`;
  const deviceSecret = (await exportTriples(site.service, orderId)).get(deviceName) ?? '';
  return withTopics({ productKey, deviceName, deviceSecret });
}

/** What a device sends to register. */
function registrationOf({ productKey, deviceName }: TestDevice) {
  const content = `deviceName${deviceName}productKey${productKey}random1`;
  return {
    clientId: 'x|securemode=2,authType=register,random=1,signmethod=hmacsha256|',
    username: `${deviceName}&${productKey}`,
    password: createHmac('sha256', fleet.productSecret).update(content).digest('hex'),
  };
}

/** Tries to log in. Shape: the code of the CONNACK, 0 when it was let in. */
async function codeOf(to: string, login: Partial<IClientOptions>): Promise<unknown> {
  try {
    const options = { reconnectPeriod: 0, protocolVersion: 4, ...login } as const;
    const client = await connectAsync(to, options, false);
    await client.endAsync(true);
    return 0;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function life({ productKey, deviceName }: TestDevice, action: string): Promise<void> {
  const path = `/api/v1/devices/${productKey}/${deviceName}/${action}`;
  expect((await site.service.call('POST', path, {})).status).toBe(200);
}

describe.skipIf(!isHere && !mustRun)(`RabbitMQ behind the front door${title}`, () => {
  beforeAll(async () => {
    site = await RabbitmqSite.prepare();
    const makeDevices = async (): Promise<void> => {
      fleet = await makeFleet(site.service, { quantity: 20 });
      await setTopic(site.service, fleet.productKey, 'loop', 'ALL');
      url = `mqtt://127.0.0.1:${site.service.service.ports.mqttPort}`;
    };
    await Promise.all([site.node.start(), makeDevices()]);
  }, 120_000);
  afterAll(async () => {
    await site.stop();
  }, 60_000);

  it('sees no registration; with the secret from there a device logs in', async () => {
    const device = fresh();
    const raw = await RawClient.open(site.service.service.ports.mqttPort);
    raw.send(connectPacket(registrationOf(device)));
    await raw.bytes(100);
    expect(raw.received.toString()).toContain(`"deviceSecret":"${device.deviceSecret}"`);
    const client = await enter(url, device);
    await subscribe(client, [device.topic('loop')]);
    const message = nextMessage(client);
    await client.publishAsync(device.topic('loop'), 'round trip', { qos: 1 });
    expect(await message).toBe(`${device.topic('loop')} round trip`);
  });

  it('carries messages up and down, for names and client ids as Alibaba allows them', async () => {
    const device = await named('a@b:c-d_');
    const id = `${device.productKey}&${device.deviceName},=x.y`;
    const params = '_ss=1,timestamp=2524608000000,securemode=3,signmethod=hmacsha1,lan=C,ext=3';
    const client = await enter(url, device, credentials(device, { id, params }));
    await subscribe(client, [device.topic('get')]);
    const program = await site.program();
    await subscribe(program, [`/${device.productKey}/+/user/update`]);
    const [down, up] = [nextMessage(client), nextMessage(program)];
    await program.publishAsync(device.topic('get'), 'down', { qos: 1 });
    expect(await down).toBe(`${device.topic('get')} down`);
    await client.publishAsync(device.topic('update'), 'up', { qos: 1 });
    expect(await up).toBe(`${device.topic('update')} up`);
  });

  it('lets a device have its system topics', async () => {
    const { productKey, deviceName, ...device } = fresh();
    const sys = `/sys/${productKey}/${deviceName}/thing`;
    const client = await enter(url, { productKey, deviceName, ...device });
    expect(await subscribe(client, [`${sys}/service/+`, `${sys}/event/+/post_reply`])).toEqual([
      1, 1,
    ]);
    await client.publishAsync(`${sys}/event/property/post`, '{}', { qos: 1 });
  });

  it('cuts off who touches what is not his, and nobody hears it', async () => {
    const victim = fresh();
    const listener = await enter(url, victim);
    await subscribe(listener, [victim.topic('loop')]);
    const heard = inbox(listener);
    const attempts: ((client: MqttClient) => Promise<unknown>)[] = [
      (client) => client.publishAsync(victim.topic('loop'), 'forged', { qos: 1 }),
      (client) => client.subscribeAsync(victim.topic('loop')),
      (client) => client.subscribeAsync(`/${victim.productKey}/*/user/loop`),
      (client) => client.subscribeAsync('#'),
    ];
    for (const attempt of attempts) {
      const client = await enter(url, fresh());
      const ended = closed(client);
      attempt(client).catch(() => undefined);
      await ended;
    }
    const real = nextMessage(listener);
    await (await site.program()).publishAsync(victim.topic('loop'), 'real', { qos: 1 });
    await real;
    expect(heard).toEqual([`${victim.topic('loop')} real`]);
  });

  it('loses a device that is disabled, and takes it back when it is enabled', async () => {
    const device = fresh();
    const client = await enter(url, device);
    const ended = closed(client);
    await life(device, 'disable');
    await ended;
    expect(await codeOf(url, credentials(device))).toBe(4);
    expect(await codeOf(site.brokerUrl, credentials(device))).toBe(4);
    await life(device, 'enable');
    expect(await codeOf(url, credentials(device))).toBe(0);
  });

  it('keeps the newer of two connections of a device, whatever their client ids', async () => {
    const device = fresh();
    const older = await enter(url, device);
    const ended = closed(older);
    const newer = await enter(url, device, credentials(device, { id: 'other' }));
    await ended;
    await subscribe(newer, [device.topic('loop')]);
  });

  it('refuses a registration that comes past the front door, and lets a login in', async () => {
    const device = fresh();
    expect(await codeOf(site.brokerUrl, registrationOf(device))).toBe(4);
    expect(await codeOf(site.brokerUrl, credentials(device))).toBe(0);
  });

  it('refuses strangers, the user guest among them', async () => {
    const device = fresh();
    const clientId = 'x';
    expect(await codeOf(url, { ...credentials(device), password: '00' })).toBe(4);
    expect(await codeOf(url, { clientId, username: 'guest', password: 'guest' })).toBe(4);
    expect(await codeOf(url, { clientId })).toBe(4);
  });

  it('tells the history from where a device came', async () => {
    const device = fresh();
    const { mqttPort: port } = site.service.service.ports;
    const client = new RawClient(connect({ host: '127.0.0.1', port, localAddress: '127.0.0.3' }));
    client.send(connectPacket(credentials(device)));
    expect(await client.bytes(4)).toBe(accepted);
    const told = await query(
      site.service,
      `SELECT address FROM audit_event WHERE action = 'device.activated' AND device_name = $1`,
      [device.deviceName],
    );
    expect(told).toEqual([{ address: '127.0.0.3' }]);
  });

  it('takes a message down from the service, by its account', async () => {
    const device = fresh();
    const client = await enter(url, device);
    await subscribe(client, [device.topic('get')]);
    const down = nextMessage(client);
    const publish = async ({ productKey, deviceName, topic }: Device) => {
      const message = { topic: topic('get'), payload: 'hello', qos: 1 };
      const path = `/api/v1/devices/${productKey}/${deviceName}/publish`;
      return (await site.service.call('POST', path, message)).body;
    };
    expect(await publish(device)).toEqual({ online: true, delivery: 'sent' });
    expect(await down).toBe(`${device.topic('get')} hello`);
    expect(await publish(fresh())).toEqual({ online: false, delivery: 'offline' });
  });

  it('(3.10) closes a connection of MQTT 5 without an answer, and others go on', async () => {
    const client = await RawClient.open(site.service.service.ports.mqttPort);
    client.send(connectPacket({ ...credentials(fresh()), protocolVersion: 5 }));
    expect(await client.closed()).toBe('');
    await enter(url, fresh());
  });

  it('writes a dot in the name of a device as a slash when it delivers', async () => {
    const device = await named('my.dotted.');
    const client = await enter(url, device);
    await subscribe(client, [device.topic('loop')]);
    const message = nextMessage(client);
    await client.publishAsync(device.topic('loop'), 'x', { qos: 1 });
    expect(await message).toBe(`/${device.productKey}/my/dotted/1/user/loop x`);
  });

  it('on another machine asks over TLS, with its certificate and not without', async () => {
    await site.askOverTls('all');
    const device = fresh();
    const client = await enter(url, device);
    expect(await subscribe(client, [device.topic('loop')])).toEqual([1]);
    await site.askOverTls('no certificate');
    expect(await codeOf(url, credentials(fresh()))).toBe(site.isElsewhere ? 4 : 0);
  });
});
