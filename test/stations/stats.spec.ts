import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench } from './bench.js';

interface Place {
  readonly stationId: string;
  readonly stationName: string;
  readonly slot?: number | null;
  readonly attempts: number;
  readonly failed: number;
}

interface Stats {
  readonly units: number;
  readonly attempts: number;
  readonly abortedAttempts: number;
  readonly firstPassUnits: number;
  readonly passedUnits: number;
  readonly scrapUnits: number;
  readonly firstPassYield: number | null;
  readonly finalYield: number | null;
  readonly scrapRate: number | null;
  readonly workingHours: number;
  readonly unitsPerHour: number | null;
  readonly hours: readonly { hour: string; local: string; attempts: number; passed: number }[];
  readonly failures: {
    readonly byReason: readonly { readonly reason: string | null; readonly failed: number }[];
    readonly bySlot: readonly Place[];
    readonly byStation: readonly Place[];
  };
  readonly durationMs: Record<'passed' | 'failed', { p50: number | null; p95: number | null }>;
  readonly since: string | null;
  readonly asOf: string;
  readonly code?: string;
}

let service: TestService;
let productKey: string;
let left: Bench;
let right: Bench;
let orders = 0;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  [left, right] = [await makeBench(service, 'left'), await makeBench(service, 'right')];
});
afterAll(async () => {
  await service.stop();
});

async function order(quantity = 20): Promise<string> {
  const prefix = `st${(orders += 1)}_`;
  return (await makeOrder(service, productKey, { quantity, prefix })).orderId;
}

async function ask(path: string, key?: string): Promise<Stats> {
  const { status, body, text } = await service.call<Stats>('GET', path, undefined, key);
  if (status !== 200) throw new Error(text);
  return body;
}

const ofOrder = (orderId: string, query = '', key?: string): Promise<Stats> =>
  ask(`/api/v1/orders/${orderId}/stats${query}`, key);

/** One unit goes through its tries. Shape: a reason fails, `pass` confirms, `void` gives it up. */
async function work(
  bench: Bench,
  orderId: string,
  slot: number,
  tries: readonly string[],
  imei = freshImei(),
): Promise<void> {
  for (const what of tries) {
    const { body: grant, text } = await bench.claim(orderId, { imei }, slot);
    if (!grant.claimId) throw new Error(text);
    const answer =
      what === 'pass'
        ? await bench.confirm(grant)
        : what === 'void'
          ? await bench.void(grant.claimId, 'scrap')
          : await bench.fail(grant.claimId, what);
    if (answer.status !== 200) throw new Error(answer.text);
  }
}

async function sql(text: string, params: readonly unknown[]): Promise<void> {
  await rows(service.database.dataSource, text, params);
}

describe('the figures of an order', () => {
  let orderId: string;
  beforeAll(async () => {
    orderId = await order();
    await work(left, orderId, 1, ['pass']);
    await work(left, orderId, 1, ['pass']);
    await work(left, orderId, 2, ['no_answer', 'pass']); // a retry
    await work(left, orderId, 2, ['aborted', 'pass']); // its aborted try counts for nothing
    await work(right, orderId, 1, ['slot_timeout', 'no_answer']); // failed for good
    await work(right, orderId, 1, ['void', 'pass']); // scrapped, then a second triple
    await work(right, orderId, 1, ['void']);
    await work(right, orderId, 3, ['batch_incomplete']); // never counted as a unit
    await left.claim(orderId, { imei: freshImei() }, 4); // under way: not finished
  });

  it('count units by their first and their last attempt, as worked out by hand', async () => {
    // Units: p, p, r+p, p, f+f, v+p, v. First passes: 1, 2, 4. Last passes: 1, 2, 3, 4, 6.
    expect(await ofOrder(orderId)).toMatchObject({
      units: 7,
      attempts: 10,
      abortedAttempts: 2,
      firstPassUnits: 3,
      passedUnits: 5,
      scrapUnits: 2,
      firstPassYield: 3 / 7,
      finalYield: 5 / 7,
      scrapRate: 2 / 7,
    });
  });

  it('rank failures by reason, by slot and by station', async () => {
    const { failures } = await ofOrder(orderId);
    const [leftOf, rightOf] = [
      { stationId: left.stationId, stationName: 'left' },
      { stationId: right.stationId, stationName: 'right' },
    ];
    expect(new Map(failures.byReason.map(({ reason, failed }) => [reason, failed]))).toEqual(
      new Map([
        ['no_answer', 2],
        ['scrap', 2],
        ['slot_timeout', 1],
      ]),
    );
    expect(failures.bySlot).toEqual([
      { ...rightOf, slot: 1, attempts: 5, failed: 4 },
      { ...leftOf, slot: 2, attempts: 3, failed: 1 },
    ]);
    expect(failures.byStation).toEqual([
      { ...rightOf, attempts: 5, failed: 4 },
      { ...leftOf, attempts: 5, failed: 1 },
    ]);
  });

  it('are those of one station where one is named, and a station sees its own only', async () => {
    const expected = { units: 3, attempts: 5, firstPassUnits: 0, passedUnits: 1, scrapUnits: 2 };
    expect(await ofOrder(orderId, `?stationId=${right.stationId}`)).toMatchObject(expected);
    expect(await ofOrder(orderId, '', right.key)).toMatchObject(expected);
    const path = `/api/v1/orders/${orderId}/stats?stationId=${left.stationId}`;
    const refused = await service.call('GET', path, undefined, right.key);
    expect(refused).toMatchObject({ status: 403, body: { code: 'key.role_not_allowed' } });
  });

  it('of nothing are none, not zero out of zero', async () => {
    expect(await ofOrder(await order())).toMatchObject({
      units: 0,
      firstPassYield: null,
      finalYield: null,
      scrapRate: null,
      unitsPerHour: null,
      hours: [],
      failures: { byReason: [], bySlot: [], byStation: [] },
      durationMs: { passed: { p50: null, p95: null } },
    });
  });

  it('of an order that is not there are refused, and so is what cannot be read', async () => {
    const call = (path: string) => service.call('GET', path);
    const unknown = await call('/api/v1/orders/ord-999999/stats');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'order.not_found' } });
    for (const query of ['timeZone=Mars/North', 'since=yesterday', 'stationId=ord-1', 'x=1']) {
      const answer = await call(`/api/v1/orders/${orderId}/stats?${query}`);
      expect(answer, query).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    }
  });
});

describe('the figures of a time', () => {
  let orderId: string;
  beforeAll(async () => {
    orderId = await order();
    // Five units that pass; then their attempts are laid where the hand-made figures want them.
    const imeis = Array.from({ length: 5 }, () => freshImei());
    for (const imei of imeis) await work(left, orderId, 1, ['pass'], imei);
    const places = [
      ['2026-03-01T15:10:00Z', 4000],
      ['2026-03-01T15:29:59Z', 6000],
      ['2026-03-01T15:50:00Z', 8000],
      ['2026-03-01T16:05:00Z', 10_000],
      ['2026-03-03T09:00:00Z', 30_000],
    ] as const;
    for (const [index, [endedAt, tookMs]] of places.entries()) {
      await sql(
        `UPDATE attempt SET ended_at = $2::timestamptz,
           started_at = $2::timestamptz - make_interval(secs => $3 / 1000.0) WHERE unit = $1`,
        [`imei:${imeis[index] ?? ''}`, endedAt, tookMs],
      );
    }
  });

  it('fall into hours as the wall clock of the factory shows them', async () => {
    const { hours, workingHours, unitsPerHour } = await ofOrder(
      orderId,
      '?timeZone=Asia/Kolkata', // half an hour off: 15:29:59 UTC is 20:59:59
    );
    expect(hours).toEqual([
      { hour: '2026-03-01T14:30:00.000Z', local: '2026-03-01T20:00+05:30', attempts: 2, passed: 2 },
      { hour: '2026-03-01T15:30:00.000Z', local: '2026-03-01T21:00+05:30', attempts: 2, passed: 2 },
      { hour: '2026-03-03T08:30:00.000Z', local: '2026-03-03T14:00+05:30', attempts: 1, passed: 1 },
    ]);
    // Five quarters of an hour saw work: 15:00, 15:15, 15:45, 16:00 and 09:00.
    expect({ workingHours, unitsPerHour }).toEqual({ workingHours: 1.25, unitsPerHour: 4 });
  });

  it('begin at since and end before until', async () => {
    const range = '?since=2026-03-01T15:29:59Z&until=2026-03-01T16:05:00Z';
    const { units, hours, durationMs } = await ofOrder(orderId, range);
    expect(units).toBe(2);
    expect(hours.map(({ local }) => local)).toEqual(['2026-03-01T15:00+00:00']);
    expect(durationMs.passed).toEqual({ p50: 6000, p95: 8000 });
  });

  it('tell the durations below which half and nearly all stay', async () => {
    const { durationMs } = await ofOrder(orderId);
    expect(durationMs).toEqual({
      passed: { p50: 8000, p95: 30_000 },
      failed: { p50: null, p95: null },
    });
  });

  it('of the whole line are of the last day unless told, and of a product where one is named', async () => {
    const other = await makeProduct(service);
    const made = await makeOrder(service, other.productKey, { quantity: 2, prefix: 'line_' });
    await work(right, made.orderId, 9, ['pass']);
    const mine = await ask(`/api/v1/stats?productKey=${other.productKey}`);
    expect(mine).toMatchObject({ units: 1, passedUnits: 1, finalYield: 1 });
    const all = await ask('/api/v1/stats');
    expect(all.units).toBeGreaterThan(1);
    expect(all.hours.every(({ hour }) => hour > '2026-03-04')).toBe(true);
    const spring = 'since=2026-03-01T00:00:00Z&until=2026-03-04T00:00:00Z';
    expect(await ask(`/api/v1/stats?stationId=${left.stationId}&${spring}`)).toMatchObject({
      units: 5,
    });
    expect(await ask(`/api/v1/stats?productKey=${other.productKey}&${spring}`)).toMatchObject({
      units: 0,
    });
    const unknown = await service.call('GET', '/api/v1/stats?productKey=none');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'product.not_found' } });
  });
});
