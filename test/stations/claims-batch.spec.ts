import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/service.js';
import { freshImei, makeBench, proofOf } from './bench.js';
import type { Grant, Shown } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

type Result<T> = T & { readonly ok: boolean; readonly status: number; readonly problem: Problem };
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

let line: ClaimLine;
beforeAll(async () => {
  line = await startClaimLine();
});
afterAll(async () => {
  await line.stop();
});

function post<T>(path: string, body: object): Promise<Answer<{ results: Result<T>[] }>> {
  return line.service.call('POST', `/api/v1/claims${path}`, body, line.bench.key);
}
const claim = (orderId: string, units: readonly object[]) =>
  post<Grant>('/batch', { orderId, units });
const confirm = (confirms: readonly object[]) => post<Shown>('/confirm/batch', { confirms });
const confirmOf = (grant: Grant) => ({ claimId: grant.claimId, ...proofOf(grant) });
const units = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ imei: freshImei(), slot: index + 1 }));
const codes = (results: readonly Result<object>[]) =>
  results.map(({ ok, status, problem }) => (ok ? status : problem.code));

describe('a batch of claims', () => {
  it('gives each unit a triple of its own, in the order asked, in one transaction', async () => {
    const orderId = await line.order({}, 64);
    const asked = units(64);
    const { status, body } = await claim(orderId, asked);
    expect(status).toBe(200);
    expect(codes(body.results)).toEqual(asked.map(() => 201));
    expect(new Set(body.results.map(({ triple }) => triple.deviceName)).size).toBe(64);
    const [first] = body.results;
    expect(first).toMatchObject({ reissued: false, attempt: 1, order: { remaining: 0 } });
    expect(first?.broker).toEqual({ host: '127.0.0.1', port: line.service.service.ports.mqttPort });
    const stored = await line.sql<{ unit: string; slot: number; xid: string }>(
      `SELECT 'imei:' || imei AS unit, slot, xmin::text AS xid FROM claim
       WHERE order_id = $1 ORDER BY slot`,
      [orderId.slice(4)],
    );
    expect(stored.map(({ unit, slot }) => ({ imei: unit.slice(5), slot }))).toEqual(asked);
    expect(new Set(stored.map(({ xid }) => xid)).size).toBe(1);
    const claimIds = body.results.map(({ claimId }) => Number(claimId.slice(4)));
    const slots = await line.sql<{ id: number; slot: number }>(
      'SELECT id::integer AS id, slot FROM claim WHERE id = ANY ($1)',
      [claimIds],
    );
    const slotOf = new Map(slots.map(({ id, slot }) => [id, slot]));
    expect(claimIds.map((id) => slotOf.get(id))).toEqual(asked.map(({ slot }) => slot));
  });

  it('gives the same units the same triples again, and says so one by one', async () => {
    const orderId = await line.order({}, 8);
    const asked = units(3);
    const first = (await claim(orderId, asked)).body.results;
    const again = (await claim(orderId, [...asked, ...units(1)])).body.results;
    expect(codes(again)).toEqual([200, 200, 200, 201]);
    expect(again.slice(0, 3).map(({ triple }) => triple)).toEqual(first.map((one) => one.triple));
    expect(await line.counters(orderId)).toMatchObject({ leased: 4, free: 4 });
  });

  it('is not spoilt by one unit: the others get their triples', async () => {
    const [orderId, elsewhere] = [await line.order({}, 8), await line.order()];
    const held = { imei: freshImei() };
    await line.bench.claim(elsewhere, held);
    const [one, other] = units(2);
    const results = (
      await claim(orderId, [
        { ...one },
        { imei: '490154203237519' },
        held,
        { iccid: '89860000000000000001' },
        { ...other },
      ])
    ).body.results;
    expect(codes(results)).toEqual([
      201,
      'unit.imei_check_digit',
      'unit.bound_elsewhere',
      'unit.identity_missing',
      201,
    ]);
    expect(results[2]?.problem).toMatchObject({
      type: 'urn:triplemint:error:unit.bound_elsewhere',
      status: 409,
      instance: '/api/v1/claims/batch',
      data: { heldBy: { orderId: elsewhere } },
    });
    expect(await line.counters(orderId)).toMatchObject({ leased: 2, free: 6, remaining: 6 });
  });

  it('as a whole gives every unit its triple, or none of them', async () => {
    const orderId = await line.order({}, 2);
    const asked = units(3);
    const whole = async (some: readonly object[], rest: object = {}) =>
      (await post<Grant>('/batch', { orderId, units: some, whole: true, ...rest })).body.results;
    for (const rest of [{}, { requestId: 'as a whole' }]) {
      const refused = await whole(asked, rest);
      const told = codes(refused).sort();
      const [beside] = refused.filter(({ problem }) => problem.code === 'claim.batch_incomplete');
      expect(told.slice(0, 2)).toEqual(['claim.batch_incomplete', 'claim.batch_incomplete']);
      expect(told[2]).toMatch(/^order\.(quota_used_up|stock_empty)$/);
      expect(beside?.problem.detail).toBe(`1 of 3 units were refused (${told[2]}).`);
      const left = { leased: 0, failed: 0, free: 2, remaining: 2 };
      expect(await line.counters(orderId)).toMatchObject(left);
    }
    expect(codes(await whole(asked.slice(1)))).toEqual([201, 201]);
    expect(codes(await whole(asked.slice(1)))).toEqual([200, 200]);
    const elsewhere = await line.order();
    expect((await line.bench.claim(elsewhere, { imei: asked[0]?.imei ?? '' })).status).toBe(201);
  });

  it('leases nothing for two entries that are one unit, or may be', async () => {
    const orderId = await line.order({}, 8);
    const [twin, single] = [freshImei(), freshImei()];
    const grouped = `${twin.slice(0, 6)}-${twin.slice(6)}`;
    const sn = `SN${single}`;
    const results = (
      await claim(orderId, [
        { imei: twin, slot: 1 },
        { imei: single, slot: 2 },
        { imei: grouped, slot: 3 },
        { imei: freshImei(), sn, slot: 4 },
        { sn, slot: 5 },
      ])
    ).body.results;
    const twice = 'unit.twice_in_batch';
    expect(codes(results)).toEqual([twice, 201, twice, twice, twice]);
    expect(results[0]?.problem.data).toEqual({ unit: `imei:${twin}`, slot: 1, entries: [0, 2] });
    expect(results[4]?.problem.data).toEqual({ unit: `sn:${sn}`, slot: 5, entries: [3, 4] });
    expect(await line.counters(orderId)).toMatchObject({ leased: 1, free: 7 });
  });

  it('gives out the last of the quota and tells the rest, by the quota or by the stock', async () => {
    const quota = await line.order({ quota: 3 }, 8);
    const byQuota = codes((await claim(quota, units(5))).body.results);
    expect(byQuota.filter((code) => code === 201)).toHaveLength(3);
    expect(byQuota.filter((code) => code === 'order.quota_used_up')).toHaveLength(2);
    const stock = await line.order({}, 4);
    await line.sql(`UPDATE device SET disabled_at = now() WHERE order_id = $1 AND name LIKE '%4'`, [
      stock.slice(4),
    ]);
    const byStock = codes((await claim(stock, units(5))).body.results);
    expect(byStock.filter((code) => code === 201)).toHaveLength(3);
    expect(byStock.filter((code) => code === 'order.stock_empty')).toHaveLength(2);
    expect(await line.counters(stock)).toMatchObject({ leased: 3, free: 1 });
  });

  it('for an order that is not there, or not for this station, says so for each unit', async () => {
    const other = await makeBench(line.service);
    const theirs = await line.order({ stations: [other.stationId] });
    expect(codes((await claim('ord-999999', units(2))).body.results)).toEqual([
      'order.not_found',
      'order.not_found',
    ]);
    expect(codes((await claim(theirs, units(1))).body.results)).toEqual([
      'order.station_not_allowed',
    ]);
    expect(await line.counters(theirs)).toMatchObject({ leased: 0, free: 4 });
  });

  it.each([
    ['no unit', []],
    ['too many units', Array.from({ length: 65 }, () => ({ sn: 'S' }))],
    ['a unit that is none', ['862000000000001']],
    ['a field that is none', [{ imei: '1', unit: {} }]],
  ])('of %s is not understood', async (_, asked) => {
    const orderId = await line.order();
    expect(await claim(orderId, asked as object[])).toMatchObject(refused(422, 'request.invalid'));
    expect(await line.counters(orderId)).toMatchObject({ leased: 0 });
  });
});

describe('a batch of confirms', () => {
  it('confirms each claim by its own proof, in one transaction, and repeating it is safe', async () => {
    const orderId = await line.order({}, 16);
    const grants = (await claim(orderId, units(16))).body.results;
    const { status, body } = await confirm(grants.map(confirmOf));
    expect(status).toBe(200);
    expect(codes(body.results)).toEqual(grants.map(() => 200));
    expect(body.results.map(({ claimId }) => claimId)).toEqual(grants.map((one) => one.claimId));
    expect(new Set(body.results.map(({ state, proof }) => `${state} by ${proof}`))).toEqual(
      new Set(['confirmed by digest']),
    );
    const [{ count } = { count: 0 }] = await line.sql<{ count: number }>(
      `SELECT count(DISTINCT xmin::text)::integer AS count FROM claim WHERE order_id = $1`,
      [orderId.slice(4)],
    );
    expect(count).toBe(1);
    expect(codes((await confirm(grants.map(confirmOf))).body.results)).toEqual(
      grants.map(() => 200),
    );
    expect(await line.counters(orderId)).toMatchObject({ leased: 0, confirmed: 16 });
  });

  it('is not spoilt by one claim: a wrong digest, a void, an unknown, one that is named twice', async () => {
    const orderId = await line.order({ acceptVolatile: false }, 8);
    const [good, wrong, gone, twice, lost] = (await claim(orderId, units(5))).body.results;
    if (!good || !wrong || !gone || !twice || !lost) throw new Error('five grants');
    await line.bench.void(gone.claimId);
    const results = (
      await confirm([
        confirmOf(good),
        { claimId: wrong.claimId, ...proofOf(good) },
        confirmOf(gone),
        { ...confirmOf(good), claimId: 'clm-99999999' },
        confirmOf(twice),
        confirmOf(twice),
        { ...confirmOf(lost), volatile: true },
      ])
    ).body.results;
    expect(codes(results)).toEqual([
      200,
      'claim.read_back_mismatch',
      'claim.void',
      'claim.not_found',
      'claim.twice_in_batch',
      'claim.twice_in_batch',
      'claim.volatile_not_accepted',
    ]);
    expect(results[1]?.problem.data).toEqual({ differing: ['deviceName', 'secret'] });
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 1, leased: 3, void: 1 });
  });

  it('of another station is not found', async () => {
    const [grant] = (await claim(await line.order(), units(1))).body.results;
    if (!grant) throw new Error('one grant');
    const other = await makeBench(line.service);
    const path = '/api/v1/claims/confirm/batch';
    const answer = await line.service.call<{ results: Result<Shown>[] }>(
      'POST',
      path,
      { confirms: [confirmOf(grant)] },
      other.key,
    );
    expect(codes(answer.body.results)).toEqual(['claim.not_found']);
  });

  it('without a proof, or with two, is not understood and names the entry', async () => {
    const [grant] = (await claim(await line.order(), units(1))).body.results;
    if (!grant) throw new Error('one grant');
    for (const proof of [{}, { login: true, word: true }, { ...proofOf(grant), word: true }]) {
      const answer = await confirm([confirmOf(grant), { claimId: grant.claimId, ...proof }]);
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields: [{ path: 'confirms.1' }] } },
      });
    }
    expect((await line.bench.show(grant.claimId)).body.state).toBe('leased');
  });
});
