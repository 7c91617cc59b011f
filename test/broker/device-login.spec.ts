import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StrangerCounter } from '../../src/audit/stranger-counter.js';
import { DeviceLoginService } from '../../src/broker/device-login.service.js';
import type { LoginVerdict } from '../../src/broker/device-login.service.js';
import { DeviceLoginStore } from '../../src/broker/device-login.store.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { freshImei, makeBench } from '../stations/bench.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { whileHeld } from '../support/waiting.js';
import { credentials, makeFleet, query } from './devices.js';
import type { TestDevice } from './devices.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const granted = ({ productKey, deviceName }: TestDevice): LoginVerdict => ({
  kind: 'granted',
  device: { productKey, deviceName },
});
const refused = (returnCode: number) => ({ kind: 'refused', returnCode });

async function logIn(
  device: TestDevice,
  address = '10.1.2.3',
  on = service,
): Promise<LoginVerdict> {
  return await on.service.app.get(DeviceLoginService).logIn(credentials(device), address);
}

/** Comes back as a device does when it is told so: a busy machine may be slow to connect. */
async function persistently(device: TestDevice): Promise<LoginVerdict> {
  for (let tries = 1; ; tries += 1) {
    const verdict = await logIn(device);
    const isBusy = verdict.kind === 'refused' && verdict.returnCode === 3;
    if (!isBusy || tries === 5) return verdict;
  }
}

async function counters(orderId: string): Promise<Record<string, unknown>> {
  const { body } = await service.call('GET', `/api/v1/orders/${orderId}`);
  return body;
}

async function history(device: TestDevice) {
  return await query<{ address: string; orderId: number; detail: unknown }>(
    service,
    `SELECT actor, address, order_id AS "orderId", detail FROM audit_event
     WHERE action = 'device.activated' AND product_key = $1 AND device_name = $2`,
    [device.productKey, device.deviceName],
  );
}

async function setDevice(device: TestDevice, change: string): Promise<void> {
  await query(
    service,
    `UPDATE device d SET ${change} FROM product p
     WHERE p.id = d.product_id AND p.product_key = $1 AND d.name = $2 RETURNING d.id`,
    [device.productKey, device.deviceName],
  );
}

describe('the first login of a device', () => {
  it('activates it before the CONNACK, once, and tells the history from where', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 3 });
    const [device] = devices;
    const client = await RawClient.open(service.service.ports.mqttPort);
    client.send(connectPacket(credentials(device)));
    expect(await client.bytes(4)).toBe(accepted);
    const seen = await counters(orderId);
    expect(seen).toMatchObject({ activated: 1, free: 2, issued: 1, remaining: 2, minted: 3 });
    const number = Number(orderId.slice('ord-'.length));
    const entry = { actor: 'device', address: '127.0.0.1', orderId: number };
    expect(await history(device)).toEqual([{ ...entry, detail: { state: 'issued' } }]);
  });

  it('is the only one that writes anything', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 1 });
    const [device] = devices;
    const version = async () =>
      await query(
        service,
        `SELECT d.xmin::text AS device, d.xmax::text AS held, c.xmin::text AS counters, c.xmax::text AS counted
         FROM device d JOIN order_count c USING (order_id) WHERE d.order_id = $1`,
        [orderId.slice('ord-'.length)],
      );
    await logIn(device);
    const before = await version();
    for (let round = 0; round < 3; round += 1) {
      expect(await logIn(device)).toEqual(granted(device));
    }
    expect(await version()).toEqual(before);
    expect(await history(device)).toHaveLength(1);
  });

  it('and every other one is written before its answer while a station may wait for it', async () => {
    const { productKey } = await makeProduct(service);
    const { orderId } = await makeOrder(service, productKey, { quantity: 1 });
    const bench = await makeBench(service);
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    const device = grant.triple;
    const isNoted = async (): Promise<boolean> => {
      const since = new Date();
      expect(await logIn(device)).toEqual(granted(device));
      const noted = await query(
        service,
        `SELECT FROM device_presence n JOIN device d ON d.id = n.device_id
         WHERE d.name = $1 AND d.product_id = $2 AND n.online_at >= $3`,
        [device.deviceName, await productId(device), since],
      );
      return noted.length > 0;
    };
    await logIn(device); // the first one activates it
    expect(await isNoted()).toBe(true);
    await bench.confirm(grant);
    expect(await isNoted()).toBe(false);
    await bench.claim(orderId, { imei });
    expect(await isNoted()).toBe(true);
    await bench.fail(grant.claimId);
  });

  it('leaves a device in the hands of its station, and counts it as activated', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 2 });
    const [device] = devices;
    await setDevice(device, `state = 'leased'`);
    await query(
      service,
      `UPDATE order_count SET free = 1, leased = 1, shown = 1 WHERE order_id = $1 RETURNING 1`,
      [orderId.slice('ord-'.length)],
    );
    expect(await logIn(device)).toEqual(granted(device));
    expect(await counters(orderId)).toMatchObject({ activated: 1, leased: 1, free: 1, issued: 0 });
    expect(await history(device)).toMatchObject([{ detail: {} }]);
  });

  it('of many at once is counted exactly, however often each comes', async () => {
    const fleet = await makeFleet(service, { quantity: 300 });
    const other = await makeFleet(service, { quantity: 100 });
    const all = [...fleet.devices, ...other.devices];
    const storm = [...all, ...all.toReversed(), ...all];
    const verdicts = await Promise.all(storm.map((device) => persistently(device)));
    expect(verdicts.filter((verdict) => verdict.kind === 'refused')).toEqual([]);
    expect(await counters(fleet.orderId)).toMatchObject({ activated: 300, issued: 300, free: 0 });
    expect(await counters(other.orderId)).toMatchObject({ activated: 100, issued: 100, free: 0 });
    const [told] = await query<{ n: number }>(
      service,
      `SELECT count(*)::integer AS n FROM audit_event
       WHERE action = 'device.activated' AND product_key = ANY ($1)`,
      [[fleet.productKey, other.productKey]],
    );
    expect(told?.n).toBe(400);
  });

  it('is refused when it would show more triples than the quota', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 5, quota: 2 });
    const verdicts = await Promise.all(devices.map((device) => logIn(device)));
    const count = (kind: string) => verdicts.filter((verdict) => verdict.kind === kind).length;
    expect([count('granted'), count('refused')]).toEqual([2, 3]);
    expect(verdicts).toContainEqual(refused(5));
    const seen = await counters(orderId);
    expect(seen).toMatchObject({ activated: 2, issued: 2, free: 3, remaining: 0 });
    for (const [index, device] of devices.entries()) {
      expect(await logIn(device)).toEqual(verdicts[index]); // and again, one by one
    }
  });

  it('finds the place in a quota that is raised while it waits', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 2, quota: 1 });
    const [first, second = first] = devices;
    expect(await logIn(first)).toEqual(granted(first));
    const { dataSource } = service.database;
    const [{ id: deviceId } = { id: '' }] = await query<{ id: string }>(
      service,
      'SELECT id FROM device WHERE name = $1 AND product_id = $2',
      [second.deviceName, await productId(second)],
    );
    const activation = { deviceId, generation: 0, address: '10.1.2.3' };
    const outcome = await whileHeld(
      dataSource,
      `UPDATE order_count SET quota = 2 WHERE order_id = ${orderId.slice('ord-'.length)}`,
      () => service.service.app.get(DeviceLoginStore).activateOne(dataSource.manager, activation),
    );
    expect(outcome).toBe('activated');
    expect(await counters(orderId)).toMatchObject({ activated: 2, issued: 2, free: 0 });
  });

  it('waits for a device that somebody else holds, and lets the others pass', async () => {
    const { devices } = await makeFleet(service, { quantity: 8 });
    const [held, ...others] = devices;
    const runner = service.database.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query('SELECT FROM device WHERE name = $1 AND product_id = $2 FOR UPDATE', [
        held.deviceName,
        await productId(held),
      ]);
      const waiting = logIn(held);
      const passing = Promise.all(others.map((device) => logIn(device)));
      expect(await passing).toEqual(others.map(granted));
      await runner.query(`UPDATE device SET disabled_at = now() WHERE name = $1`, [
        held.deviceName,
      ]);
      await runner.commitTransaction();
      expect(await waiting).toEqual(refused(3)); // it was sound when its signature was checked
    } finally {
      await runner.release();
    }
    expect(await logIn(held)).toEqual(refused(5));
    expect(await history(held)).toEqual([]);
  });
});

async function productId(device: TestDevice): Promise<number> {
  const [row] = await query<{ id: number }>(
    service,
    'SELECT id FROM product WHERE product_key = $1',
    [device.productKey],
  );
  return row?.id ?? 0;
}

describe('a login', () => {
  it('is refused alike, and changes nothing, when it proves no living device', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 2 });
    const other = await makeFleet(service, { quantity: 1 });
    const [device, dead] = devices;
    if (!dead) throw new Error('too few devices');
    await setDevice(dead, `state = 'void'`);
    const deviceSecret = 'f'.repeat(32);
    const strangers: TestDevice[] = [
      { ...device, deviceSecret },
      { ...device, deviceSecret: other.devices[0].deviceSecret },
      { ...device, deviceName: 'nobody_000001' },
      { ...device, deviceName: 'no\0body' },
      { ...device, productKey: 'a1nosuchkey' },
      { ...device, productKey: other.productKey },
      dead,
    ];
    for (const stranger of strangers) expect(await logIn(stranger)).toEqual(refused(4));
    expect(await counters(orderId)).toMatchObject({ activated: 0, issued: 0 });
    expect(await history(device)).toEqual([]);
  });

  it('of a stranger is counted by address and product key as sent', async () => {
    const { devices } = await makeFleet(service, { quantity: 1 });
    const lost = await startTestService();
    const stranger = { ...devices[0], productKey: 'a1nosuchkey' };
    try {
      for (let round = 0; round < 3; round += 1) await logIn(stranger, '10.9.9.9', lost);
      await lost.service.app.get(StrangerCounter).flush();
      const counted = await query(
        lost,
        'SELECT address, product_key AS "productKey", sum(count)::integer AS count FROM stranger_refusal GROUP BY 1, 2',
      );
      expect(counted).toEqual([{ address: '10.9.9.9', productKey: 'a1nosuchkey', count: 3 }]);
    } finally {
      await lost.stop();
    }
  });

  it('is refused while its order is minting, and let in afterwards', async () => {
    const { orderId, devices } = await makeFleet(service, { quantity: 1 });
    const [device] = devices;
    const setOrder = async (state: string) => {
      const sql = 'UPDATE production_order SET state = $2 WHERE id = $1 RETURNING id';
      await query(service, sql, [orderId.slice('ord-'.length), state]);
      await service.service.app.get(Signals).tellHere('device', device.productKey);
    };
    await setOrder('refused');
    expect(await logIn(device)).toEqual(refused(4));
    await setOrder('closed');
    expect(await logIn(device)).toEqual(granted(device));
  });

  it('of a disabled device is told so only with its own secret', async () => {
    const { devices } = await makeFleet(service, { quantity: 1 });
    const [device] = devices;
    await setDevice(device, 'disabled_at = now()');
    expect(await logIn(device)).toEqual(refused(5));
    expect(await logIn({ ...device, deviceSecret: 'f'.repeat(32) })).toEqual(refused(4));
    expect(await history(device)).toEqual([]);
  });

  it.each([
    ['2', 'no bars at all', '20020002'],
    ['4', 'abc|securemode=3|', '20020004'],
  ])('that is malformed gets CONNACK %s and the end', async (_code, clientId, answer) => {
    const client = await RawClient.open(service.service.ports.mqttPort);
    client.send(connectPacket({ clientId, username: 'just a name', password: 'x' }));
    expect(await client.closed()).toBe(answer);
  });

  it('is told to come back when the database is away', async () => {
    const lost = await startTestService();
    try {
      const { devices } = await makeFleet(lost, { quantity: 1 });
      await lost.database.drop();
      const client = await RawClient.open(lost.service.ports.mqttPort);
      client.send(connectPacket(credentials(devices[0])));
      expect(await client.closed()).toBe('20020003');
    } finally {
      await lost.stop();
    }
  });
});
