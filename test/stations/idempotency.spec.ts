import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { isReplay, keyedCaller } from '../support/keyed.js';
import type { SendKeyed } from '../support/keyed.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import type { Answer, TestService } from '../support/service.js';
import { freshImei, makeBench, proofOf } from './bench.js';
import type { Bench, Grant, Shown } from './bench.js';
import { startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

interface Batch {
  readonly results: readonly (Grant & { readonly ok: boolean; readonly problem?: object })[];
}

let line: ClaimLine;
let service: TestService;
let bench: Bench;
let send: SendKeyed;
beforeAll(async () => {
  line = await startClaimLine();
  ({ service, bench } = line);
  send = keyedCaller(service.service.urls.http);
});
afterAll(async () => {
  await line.stop();
});

/** Posts as the station; twice gives the first answer and the second. */
async function post<T>(path: string, body: object, key: string = randomUUID()): Promise<Answer<T>> {
  return await send<T>({ method: 'POST', path: `/api/v1${path}`, body, key, apiKey: bench.key });
}

async function twice<T>(path: string, body: object): Promise<[Answer<T>, Answer<T>]> {
  const key = randomUUID();
  return [await post<T>(path, body, key), await post<T>(path, body, key)];
}

function expectReplay(first: Answer<unknown>, second: Answer<unknown>): void {
  expect(first.status).toBeLessThan(300);
  expect([isReplay(first), isReplay(second)]).toEqual([false, true]);
  expect([second.status, second.text]).toEqual([first.status, first.text]);
}

/** Everything that is kept of requests and their answers. */
async function kept(): Promise<string> {
  const found = await rows(service.database.dataSource, 'SELECT * FROM idempotent_request');
  return JSON.stringify(found);
}

async function history(orderId: string, action: string): Promise<number> {
  const found = await rows<{ count: number }>(
    service.database.dataSource,
    'SELECT count(*)::integer AS count FROM audit_event WHERE order_id = $1 AND action = $2',
    [Number(orderId.slice(4)), action],
  );
  return found[0]?.count ?? NaN;
}

describe('a claim with an idempotency key', () => {
  it('is answered with the same secret again, and the secret is not kept', async () => {
    const orderId = await line.order();
    const [first, second] = await twice<Grant>('/claims', { orderId, unit: { imei: freshImei() } });
    expectReplay(first, second);
    expect([second.status, second.body.reissued]).toEqual([201, false]);
    expect(second.body.triple.deviceSecret).toMatch(/^[0-9a-f]{32}$/);
    expect(await kept()).not.toContain(first.body.triple.deviceSecret);
    expect(await kept()).toContain(first.body.triple.deviceName);
    expect(await history(orderId, 'claim.leased')).toBe(1);
    expect(await history(orderId, 'claim.reissued')).toBe(0);
  });

  it('is answered as it was then, whatever became of the claim and the device', async () => {
    const orderId = await line.order();
    const key = randomUUID();
    const body = { orderId, unit: { imei: freshImei() } };
    const first = await post<Grant>('/claims', body, key);
    const { productKey, deviceName, deviceSecret } = first.body.triple;
    await bench.confirm(first.body);
    const device = `/api/v1/devices/${productKey}/${deviceName}`;
    await service.call('POST', `${device}/reset`);
    const now = await service.call<Grant['triple']>('GET', `${device}/triple`);
    expect(now.body.deviceSecret).not.toBe(deviceSecret);
    expectReplay(first, await post<Grant>('/claims', body, key));
  });

  it('takes the key as requestId of the body as well', async () => {
    const orderId = await line.order();
    const requestId = randomUUID();
    const body = { orderId, unit: { imei: freshImei() } };
    const first = await service.call<Grant>(
      'POST',
      '/api/v1/claims',
      { ...body, requestId },
      bench.key,
    );
    expectReplay(first, await post<Grant>('/claims', body, requestId));
    const differing = await post<Grant>('/claims', { ...body, requestId: 'other' }, requestId);
    expect([differing.status, differing.body.code]).toEqual([400, 'idempotency.key_malformed']);
    const another = { orderId, unit: { imei: freshImei() }, requestId };
    const reused = await service.call<Grant>('POST', '/api/v1/claims', another, bench.key);
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency.key_reused']);
  });

  it('that was refused is tried again', async () => {
    const orderId = await line.order({ quota: 1 });
    const first = await bench.claim(orderId, { imei: freshImei() });
    const key = randomUUID();
    const body = { orderId, unit: { imei: freshImei() } };
    const refused = await post<Grant>('/claims', body, key);
    expect(refused.body.code).toBe('order.quota_used_up');
    await service.call('PATCH', `/api/v1/orders/${orderId}`, { quota: 2 });
    const granted = await post<Grant>('/claims', body, key);
    expect([granted.status, isReplay(granted)]).toEqual([201, false]);
    expect(granted.body.triple.deviceName).not.toBe(first.body.triple.deviceName);
  });

  it('of the same moment as others takes one triple each', async () => {
    const orderId = await line.order({ quantity: 40 });
    const bodies = Array.from({ length: 20 }, () => ({ orderId, unit: { imei: freshImei() } }));
    const keyed = bodies.slice(0, 10).map((body) => post<Grant>('/claims', body));
    const plain = bodies.slice(10).map(({ unit }) => bench.claim(orderId, unit));
    const answers = await Promise.all([...keyed, ...plain]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.triple.deviceName)).size).toBe(20);
    expect(await line.counters(orderId)).toMatchObject({ leased: 20, remaining: 20 });
  });
});

describe('a batch of claims with an idempotency key', () => {
  it('is answered alike, refusals of single units included', async () => {
    const orderId = await line.order({ quantity: 4 });
    const units = [{ imei: freshImei() }, { imei: '123' }, { imei: freshImei() }];
    const [first, second] = await twice<Batch>('/claims/batch', { orderId, units });
    expectReplay(first, second);
    expect(second.body.results.map(({ ok }) => ok)).toEqual([true, false, true]);
    for (const { ok, triple } of first.body.results) {
      if (ok) expect(await kept()).not.toContain(triple.deviceSecret);
    }
    expect(await line.counters(orderId)).toMatchObject({ leased: 2, remaining: 2 });
  });

  it('keeps what the order has when units ask for more', async () => {
    const orderId = await line.order({ quantity: 4, quota: 2 });
    const units = Array.from({ length: 3 }, () => ({ imei: freshImei() }));
    const [first, second] = await twice<Batch>('/claims/batch', { orderId, units });
    expectReplay(first, second);
    expect(second.body.results.filter(({ ok }) => ok)).toHaveLength(2);
  });
});

describe('what comes of a claim, with an idempotency key', () => {
  it('is confirmed once', async () => {
    const orderId = await line.order();
    const grant = (await bench.claim(orderId, { imei: freshImei() })).body;
    const [first, second] = await twice<Shown>(`/claims/${grant.claimId}/confirm`, proofOf(grant));
    expectReplay(first, second);
    expect(second.body.state).toBe('confirmed');
    expect(await history(orderId, 'claim.confirmed')).toBe(1);
  });

  it('fails once: the next attempt of the unit is the second', async () => {
    const orderId = await line.order();
    const unit = { imei: freshImei() };
    const { claimId } = (await bench.claim(orderId, unit)).body;
    const key = randomUUID();
    const reason = { reason: 'no answer' };
    const first = await post<Shown>(`/claims/${claimId}/fail`, reason, key);
    expect((await bench.claim(orderId, unit)).body.attempt).toBe(2);
    expectReplay(first, await post<Shown>(`/claims/${claimId}/fail`, reason, key));
    expect((await bench.show(claimId)).body).toMatchObject({ state: 'leased', attempt: 2 });
  });
});

describe('a claim in a product-secret order with an idempotency key', () => {
  let product: MadeProduct;
  let orderId: string;
  beforeAll(async () => {
    product = await makeProduct(service);
    const order = { quantity: 4, provisioning: 'product-secret' };
    ({ orderId } = await makeOrder(service, product.productKey, order));
    bench = await makeBench(service);
  });

  const rotate = async (): Promise<void> => {
    await service.call('POST', `/api/v1/products/${product.productKey}/secret/rotate`, {});
  };

  it('is answered with the same login, until its product secret is gone', async () => {
    const key = randomUUID();
    const body = { orderId, unit: { imei: freshImei() } };
    const first = await post<Grant>('/claims', body, key);
    expectReplay(first, await post<Grant>('/claims', body, key));
    expect(await kept()).not.toContain(first.body.registration?.password);
    await rotate();
    expectReplay(first, await post<Grant>('/claims', body, key));
    await rotate();
    const gone = await post<Grant>('/claims', body, key);
    expect([gone.status, gone.body.code]).toEqual([409, 'idempotency.shown_once']);
  });
});
