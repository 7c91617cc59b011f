import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import { freshImei, makeBench } from '../stations/bench.js';
import type { Bench } from '../stations/bench.js';

let service: TestService;
let productKey: string;
let bench: Bench;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  bench = await makeBench(service);
});
afterAll(async () => {
  await service.stop();
});

let prefix = 0;
const place = (order: { quantity: number } & Record<string, unknown>): Promise<ShownOrder> =>
  makeOrder(service, productKey, { prefix: `life${(prefix += 1)}_`, ...order });
const change = (orderId: string, body: object, key?: string): Promise<Answer<ShownOrder>> =>
  service.call('PATCH', `/api/v1/orders/${orderId}`, body, key);
const close = (orderId: string): Promise<Answer<ShownOrder>> =>
  service.call('POST', `/api/v1/orders/${orderId}/close`);
const claim = (orderId: string, imei = freshImei()) => bench.claim(orderId, { imei });

const sql = (text: string, orderId: string): Promise<object[]> =>
  rows(service.database.dataSource, text, [Number(orderId.slice('ord-'.length))]);

interface Told {
  readonly action: string;
  readonly actor: string;
  readonly detail: Record<string, unknown>;
}

async function history(action: string): Promise<Told[]> {
  const { body } = await service.call<{ items: Told[] }>('GET', `/api/v1/audit?action=${action}`);
  return body.items;
}

describe('changing an order', () => {
  let orderId: string;
  beforeEach(async () => {
    ({ orderId } = await place({ quantity: 5, quota: 2 }));
  });

  it('lets a line go on when its quota is raised, and the history keeps both quotas', async () => {
    await claim(orderId);
    await claim(orderId);
    expect((await claim(orderId)).body.code).toBe('order.quota_used_up');
    const { status, body } = await change(orderId, { quota: 3 });
    expect([status, body.remaining]).toEqual([200, 1]);
    expect((await claim(orderId)).status).toBe(201);
    expect((await claim(orderId)).body.code).toBe('order.quota_used_up');
    expect((await history('order.changed'))[0]?.detail).toEqual({ quota: { from: 2, to: 3 } });
  });

  it('refuses a quota under what is given out, and one above the quantity', async () => {
    await claim(orderId);
    await claim(orderId);
    for (const quota of [1, 6]) {
      const { status, body } = await change(orderId, { quota });
      expect([status, body]).toMatchObject([422, { code: 'order.quota_invalid' }]);
    }
    for (const quota of [0, -1, 1.5, '3', null]) {
      expect((await change(orderId, { quota })).status).toBe(422);
    }
    expect((await history('order.changed')).map(({ detail }) => detail)).not.toContainEqual({
      quota: { from: 2, to: 6 },
    });
  });

  it('never gives out more than a quota that is lowered while a line claims', async () => {
    const { orderId: racing } = await place({ quantity: 40 });
    const claims = Array.from({ length: 40 }, () => claim(racing));
    const lowered = await Promise.all(
      [30, 20, 10].map(async (quota) => ({ quota, ...(await change(racing, { quota })) })),
    );
    const granted = (await Promise.all(claims)).filter(({ status }) => status === 201).length;
    const { body } = await service.call<ShownOrder & { quota: number }>(
      'GET',
      `/api/v1/orders/${racing}`,
    );
    expect(body.leased).toBe(granted);
    expect(granted).toBeLessThanOrEqual(body.quota);
    for (const { status } of lowered) expect([200, 422]).toContain(status);
  });

  it('moves its expiry: an expired order answers 410 until it is given more time', async () => {
    await change(orderId, { expiresAt: new Date(Date.now() + 3600_000).toISOString() });
    expect((await claim(orderId)).status).toBe(201);
    await sql(
      `UPDATE production_order SET expires_at = now() - interval '1 second' WHERE id = $1`,
      orderId,
    );
    const refused = await claim(orderId);
    expect([refused.status, refused.body.code]).toEqual([410, 'order.expired']);
    const past = await change(orderId, { expiresAt: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body]).toMatchObject([422, { code: 'order.expiry_past' }]);
    expect((await change(orderId, { expiresAt: null })).body.state).toBe('open');
    expect((await claim(orderId)).status).toBe(201);
  });

  it('is not placed when it would have expired already', async () => {
    const expiresAt = '2020-01-01T00:00:00Z';
    const path = `/api/v1/products/${productKey}/orders`;
    for (const naming of [
      { kind: 'sequence', prefix: 'late_', width: 4 },
      { kind: 'list', names: ['late_list_1'] },
    ]) {
      const body = { quantity: 1, naming, expiresAt };
      expect(await service.call('POST', path, body)).toMatchObject({
        status: 422,
        body: { code: 'order.expiry_past' },
      });
    }
  });

  it('binds it to stations, and frees it again', async () => {
    const other = await makeBench(service);
    await change(orderId, { stations: [other.stationId] });
    expect((await claim(orderId)).body.code).toBe('order.station_not_allowed');
    expect((await other.claim(orderId, { imei: freshImei() })).status).toBe(201);
    const seenBy = (key: string) =>
      service.call('GET', `/api/v1/orders/${orderId}`, undefined, key);
    expect((await seenBy(bench.key)).body).toMatchObject({ code: 'order.station_not_allowed' });
    expect((await seenBy(other.key)).body).toMatchObject({ orderId, state: 'open' });
    await change(orderId, { stations: [] });
    expect((await claim(orderId)).status).toBe(201);
    const unknown = await change(orderId, { stations: ['st-999999'] });
    expect([unknown.status, unknown.body]).toMatchObject([404, { code: 'station.not_found' }]);
  });

  it('tells the history nothing when nothing changes', async () => {
    const before = await history('order.changed');
    expect((await change(orderId, { quota: 2 })).status).toBe(200);
    expect(await history('order.changed')).toHaveLength(before.length);
  });

  it('is refused for an order that does not exist', async () => {
    expect((await change('ord-999999', { quota: 2 })).body).toMatchObject({
      code: 'order.not_found',
    });
  });

  it('leaves the quota to admins', async () => {
    const { body } = await service.call<{ key: string }>('POST', '/api/v1/keys', {
      name: 'line engineer',
      role: 'engineer',
    });
    const refused = await change(orderId, { quota: 3 }, body.key);
    expect([refused.status, refused.body]).toMatchObject([403, { code: 'key.role_not_allowed' }]);
    expect((await change(orderId, { note: 'shift B' }, body.key)).status).toBe(200);
  });
});

describe('closing an order', () => {
  it('refuses new units, keeps the triples of old ones, and happens once', async () => {
    const { orderId } = await place({ quantity: 5 });
    const imei = freshImei();
    const held = (await claim(orderId, imei)).body;
    expect((await close(orderId)).body).toMatchObject({ state: 'closed', leased: 1, free: 4 });
    expect((await close(orderId)).status).toBe(200);
    const refused = await claim(orderId);
    expect([refused.status, refused.body.code]).toEqual([410, 'order.closed']);
    const again = await claim(orderId, imei);
    expect([again.status, again.body.triple]).toEqual([200, held.triple]);
    expect((await bench.confirm(held)).body.state).toBe('confirmed');
    const told = await history('order.closed');
    expect(
      told.filter(({ detail }) => detail['shown'] === 1 && detail['quota'] === 5),
    ).toHaveLength(1);
    expect((await change(orderId, { quota: 5 })).body).toMatchObject({ code: 'order.ended' });
  });

  it('is refused while the order mints, and for the standing order of a product', async () => {
    const { body } = await service.call<{ orderId: string }>(
      'POST',
      `/api/v1/products/${productKey}/standing-order/roll`,
    );
    expect((await close(body.orderId)).body).toMatchObject({ code: 'order.standing' });
  });
});

describe('aborting an order', () => {
  it('stops its minting; what was minted is void, counted and never given out', async () => {
    const { body } = await service.call<ShownOrder>(
      'POST',
      `/api/v1/products/${productKey}/orders`,
      { quantity: 2_000_000, naming: { kind: 'sequence', prefix: 'abort_', width: 8 } },
    );
    const { orderId } = body;
    expect((await close(orderId)).body).toMatchObject({ code: 'order.minting' });
    const { body: aborted } = await service.call<ShownOrder>(
      'POST',
      `/api/v1/orders/${orderId}/abort`,
    );
    expect(aborted).toMatchObject({ state: 'aborted', free: 0, remaining: 0 });
    expect(aborted.minted).toBeLessThan(2_000_000);
    expect(aborted.void).toBe(aborted.minted);
    const [counted] = await sql(
      `SELECT count(*)::integer AS devices, count(*) FILTER (WHERE state = 'void')::integer AS void
       FROM device WHERE order_id = $1`,
      orderId,
    );
    expect(counted).toEqual({ devices: aborted.minted, void: aborted.minted });
    expect((await claim(orderId)).status).toBe(410);
    const again = await service.call<ShownOrder>('POST', `/api/v1/orders/${orderId}/abort`);
    expect([again.status, again.body]).toEqual([200, aborted]);
    expect((await waitUntilMinted(service, orderId)).state).toBe('aborted');
  });

  it('is refused for an order that is open', async () => {
    const { orderId } = await place({ quantity: 5 });
    const { status, body } = await service.call('POST', `/api/v1/orders/${orderId}/abort`);
    expect([status, body]).toMatchObject([409, { code: 'order.not_minting' }]);
  });
});
