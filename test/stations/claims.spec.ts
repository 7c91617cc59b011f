import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { exportTriples, makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench, proofOf } from './bench.js';
import type { Bench, Grant, Shown } from './bench.js';

let service: TestService;
let bench: Bench;
let productKey: string;
let orders = 0;
beforeAll(async () => {
  service = await startTestService();
  bench = await makeBench(service);
  ({ productKey } = await makeProduct(service));
});
afterAll(async () => {
  await service.stop();
});

async function order(rest: object = {}, quantity = 4): Promise<string> {
  const prefix = `unit${(orders += 1)}_`;
  return (await makeOrder(service, productKey, { quantity, prefix, ...rest })).orderId;
}

async function counters(orderId: string): Promise<Partial<ShownOrder>> {
  const { body } = await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`);
  const { free, leased, failed, confirmed, remaining } = body;
  return { free, leased, failed, confirmed, void: body.void, remaining };
}

async function sql(text: string, params: readonly unknown[]): Promise<void> {
  await rows(service.database.dataSource, text, params);
}

async function endOrder(orderId: string, change: string): Promise<void> {
  await sql(`UPDATE production_order SET ${change} WHERE id = $1`, [Number(orderId.slice(4))]);
}

async function history(claimId: string): Promise<unknown[]> {
  return await rows(
    service.database.dataSource,
    `SELECT action, actor, address, unit, device_name, product_key, 'ord-' || order_id AS "orderId",
       detail FROM audit_event WHERE claim_id = $1 ORDER BY id`,
    [claimId.slice(4)],
  );
}

const unit = () => ({ imei: freshImei() });
const refused = (status: number, code: string) => ({ status, body: { code } });

describe('a claim', () => {
  it('gives a unit a triple of the order and says where the broker is', async () => {
    const orderId = await order({ quota: 3 });
    const { status, body } = await bench.claim(orderId, unit(), 5);
    expect(status).toBe(201);
    const { mqttPort } = service.service.ports;
    expect(body).toMatchObject({ reissued: false, attempt: 1, order: { remaining: 2 } });
    expect(body.broker).toEqual({ host: '127.0.0.1', port: mqttPort });
    expect(body.triple.productKey).toBe(productKey);
    const { deviceName, deviceSecret } = body.triple;
    expect((await exportTriples(service, orderId)).get(deviceName)).toBe(deviceSecret);
    const leaseMs = Date.parse(body.leaseUntil) - Date.now();
    expect(Math.abs(leaseMs - 15 * 60_000)).toBeLessThan(10_000);
    expect((await bench.show(body.claimId)).body).toMatchObject({ state: 'leased', slot: 5 });
  });

  it('gives the same unit the same triple again, however its number is written', async () => {
    const orderId = await order();
    const imei = freshImei();
    const first = await bench.claim(orderId, { imei });
    const grouped = `${imei.slice(0, 2)}-${imei.slice(2, 8)} ${imei.slice(8)}`;
    const again = await bench.claim(orderId, { imei: grouped, sn: 'S1', firmware: 'V2\0\n' });
    expect(again.status).toBe(200);
    const { claimId, triple, order: left } = first.body;
    expect(again.body).toMatchObject({ claimId, triple, order: left, reissued: true, attempt: 1 });
    expect(Date.parse(again.body.leaseUntil)).toBeGreaterThan(Date.parse(first.body.leaseUntil));
    expect(await counters(orderId)).toMatchObject({ free: 3, leased: 1, remaining: 3 });
    expect((await bench.show(claimId)).body).toMatchObject({
      identity: `imei:${imei}`,
      unit: { imei, sn: 'S1', firmware: 'V2' },
    });
  });

  it('moves to another station with its unit, and the first station has it no longer', async () => {
    const other = await makeBench(service);
    const orderId = await order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    const moved = await other.claim(orderId, one, 2);
    expect(moved).toMatchObject({ status: 200, body: { claimId: body.claimId, reissued: true } });
    for (const answer of [
      await bench.show(body.claimId),
      await bench.confirm(body),
      await bench.fail(body.claimId),
      await bench.void(body.claimId),
    ]) {
      expect(answer).toMatchObject(refused(404, 'claim.not_found'));
    }
    expect(await other.confirm(body)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
  });

  it('is refused while the unit holds a triple of another order, until that one is void', async () => {
    const [here, there] = [await order(), await order()];
    const one = unit();
    const { body } = await bench.claim(here, one);
    expect(await bench.claim(there, one)).toMatchObject(refused(409, 'unit.bound_elsewhere'));
    await bench.fail(body.claimId);
    expect(await bench.claim(there, one)).toMatchObject(refused(409, 'unit.bound_elsewhere'));
    await bench.void(body.claimId);
    const next = await bench.claim(there, one);
    expect(next.status).toBe(201);
    expect(next.body.triple.deviceName).not.toBe(body.triple.deviceName);
  });

  it('names what the unit holds in the other order; once that device is void, the unit is free', async () => {
    const elsewhere = (await makeProduct(service)).productKey;
    const other = await makeOrder(service, elsewhere, { quantity: 2, prefix: 'held' });
    const [here, there] = [other.orderId, await order()];
    const one = unit();
    const { body } = await bench.claim(here, one);
    await bench.confirm(body);
    const { deviceName } = body.triple;
    const heldBy = { orderId: here, claimId: body.claimId, productKey: elsewhere, deviceName };
    const answer = await bench.claim(there, one);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'unit.bound_elsewhere', data: { orderId: there, heldBy } },
    });
    const { detail, action } = answer.body as unknown as {
      detail: string;
      action: { en: string };
    };
    for (const named of Object.values(heldBy)) expect(detail).toContain(named);
    expect(answer.text).not.toContain(body.triple.deviceSecret);
    const [, path = ''] = /POST (\S+)\.$/.exec(action.en) ?? [];
    const url = path.replace('{productKey}', elsewhere).replace('{deviceName}', deviceName);
    const voided = await service.call('POST', url, { reason: 'unit goes to another order' });
    expect(voided.status).toBe(200);
    expect((await bench.show(body.claimId)).body.state).toBe('void');
    const next = await bench.claim(there, one);
    expect(next).toMatchObject({ status: 201, body: { triple: { productKey } } });
    expect(await counters(here)).toMatchObject({ confirmed: 0, void: 1 });
    expect(await counters(there)).toMatchObject({ leased: 1 });
  });

  it.each([
    [{ imei: '490154203237519' }, 'unit.imei_check_digit'],
    [{ imei: '4901542032375' }, 'unit.imei_malformed'],
    [{ imei: '004999010640000' }, 'unit.imei_blank'],
    [{ sn: 'a b' }, 'unit.sn_malformed'],
    [{ mac: 'xyz' }, 'unit.mac_malformed'],
    [{ iccid: '89860000000000000001' }, 'unit.identity_missing'],
    [{ imei: 490154203237518 }, 'request.invalid'],
    [{ imei: '490154203237518', IMSI: '1' }, 'request.invalid'],
  ])('is refused for the unit %j with %s and takes nothing', async (wrong, code) => {
    const orderId = await order({}, 1);
    expect(await bench.claim(orderId, wrong)).toMatchObject(refused(422, code));
    expect(await counters(orderId)).toMatchObject({ free: 1, remaining: 1 });
  });

  it('is refused for orders that give nothing out', async () => {
    const other = await makeBench(service);
    const [closed, aborted, bad] = [await order(), await order(), await order()];
    await endOrder(closed, `state = 'closed'`);
    await endOrder(aborted, `state = 'aborted'`);
    await endOrder(bad, `state = 'refused'`);
    const expired = await order({ expiresAt: '2020-01-01T00:00:00Z' });
    const theirs = await order({ stations: [other.stationId] });
    for (const [orderId, status, code] of [
      ['ord-999999', 404, 'order.not_found'],
      [closed, 410, 'order.closed'],
      [aborted, 410, 'order.closed'],
      [bad, 409, 'order.refused'],
      [expired, 410, 'order.expired'],
      [theirs, 403, 'order.station_not_allowed'],
      ['17', 422, 'request.invalid'],
    ] as const) {
      expect(await bench.claim(orderId, unit())).toMatchObject(refused(status, code));
    }
    expect((await other.claim(theirs, unit())).status).toBe(201);
  });

  it('waits for an order that is still minting', async () => {
    const naming = { kind: 'sequence', prefix: 'many', width: 7 };
    const path = `/api/v1/products/${productKey}/orders`;
    const placed = await service.call<ShownOrder>('POST', path, { quantity: 300_000, naming });
    const { orderId } = placed.body;
    expect(await bench.claim(orderId, unit())).toMatchObject({
      status: 409,
      body: { code: 'order.minting', retryable: true },
    });
    await waitUntilMinted(service, orderId);
    expect((await bench.claim(orderId, unit())).status).toBe(201);
  });

  it('tells a used-up quota from an empty stock', async () => {
    const used = await order({ quota: 1 });
    await bench.claim(used, unit());
    expect(await bench.claim(used, unit())).toMatchObject(refused(409, 'order.quota_used_up'));
    const empty = await order({}, 2);
    await sql(`UPDATE device SET disabled_at = now() WHERE order_id = $1 AND name LIKE '%1'`, [
      empty.slice(4),
    ]);
    await sql(`UPDATE device SET activated_at = now() WHERE order_id = $1 AND name LIKE '%2'`, [
      empty.slice(4),
    ]);
    expect(await bench.claim(empty, unit())).toMatchObject(refused(409, 'order.stock_empty'));
    expect(await counters(empty)).toMatchObject({ free: 2, leased: 0, remaining: 2 });
  });

  it('never takes a triple that is activated, disabled, issued or void', async () => {
    const orderId = await order({}, 5);
    const names = [...(await exportTriples(service, orderId)).keys()].sort();
    const mark = (index: number, change: string) =>
      sql(`UPDATE device SET ${change} WHERE order_id = $1 AND name = $2`, [
        orderId.slice(4),
        names[index],
      ]);
    await mark(0, 'activated_at = now()');
    await mark(1, 'disabled_at = now()');
    await mark(2, `state = 'issued'`);
    await mark(3, `state = 'void'`);
    await sql(
      'UPDATE order_count SET free = 3, issued = 1, void = 1, shown = 1 WHERE order_id = $1',
      [orderId.slice(4)],
    );
    const { body } = await bench.claim(orderId, unit());
    expect(body.triple.deviceName).toBe(names[4]);
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(409, 'order.stock_empty'));
  });

  it('of an admin counts for the station he names', async () => {
    const orderId = await order({ stations: [bench.stationId] });
    const body = { orderId, unit: unit() };
    const named = `?station=${bench.stationId}`;
    const bare = await service.call('POST', '/api/v1/claims', body);
    expect(bare).toMatchObject(refused(422, 'station.missing'));
    const made = await service.call<Grant>('POST', `/api/v1/claims${named}`, body);
    expect(made.status).toBe(201);
    expect(await bench.confirm(made.body)).toMatchObject({ status: 200 });
    const [leased] = await history(made.body.claimId);
    expect(leased).toMatchObject({ detail: { station: bench.stationId } });
    expect((leased as { actor: string }).actor).toContain('admin');
  });

  it('takes a requestId, and the unit makes the retry safe', async () => {
    const orderId = await order();
    const body = { orderId, unit: unit(), requestId: 'r'.repeat(64) };
    const send = (what: object) => service.call<Grant>('POST', '/api/v1/claims', what, bench.key);
    const [first, again] = [await send(body), await send(body)];
    expect(again.body.triple).toEqual(first.body.triple);
    expect(await send({ ...body, requestId: 'r'.repeat(65) })).toMatchObject(
      refused(422, 'request.invalid'),
    );
  });
});

describe('a claim in a product-secret order', () => {
  it('gives a login that the module registers by, and no secret', async () => {
    const { productKey: key, productSecret } = await makeProduct(service);
    const { orderId } = await makeOrder(service, key, {
      quantity: 2,
      provisioning: 'product-secret',
    });
    const { body, text } = await bench.claim(orderId, unit());
    const { deviceName } = body.triple;
    expect(body.triple).toEqual({ productKey: key, deviceName });
    const { clientId = '', username, password } = body.registration ?? {};
    const random = /random=([0-9a-f]+)/.exec(clientId)?.[1] ?? '';
    expect(clientId).toBe(
      `${deviceName}|securemode=2,authType=register,random=${random},signmethod=hmacsha256|`,
    );
    expect(username).toBe(`${deviceName}&${key}`);
    const content = `deviceName${deviceName}productKey${key}random${random}`;
    expect(password).toBe(createHmac('sha256', productSecret).update(content).digest('hex'));
    expect(text).not.toContain(productSecret);
    const answer = await service.postDeviceForm({
      productKey: key,
      deviceName,
      random,
      sign: password ?? '',
      signMethod: 'hmacsha256',
    });
    const { data } = JSON.parse(answer) as { data: { deviceSecret: string } };
    expect(text).not.toContain(data.deviceSecret);
    const readBack = { deviceName, deviceSecret: data.deviceSecret };
    expect(await bench.confirm(body, { readBack })).toMatchObject({
      status: 200,
      body: { state: 'confirmed', proof: 'secret' },
    });
  });
});

describe('a confirm', () => {
  it('takes the digest or the secret as its proof and counts the unit once', async () => {
    const orderId = await order();
    const byDigest = (await bench.claim(orderId, unit())).body;
    const bySecret = (await bench.claim(orderId, unit())).body;
    const { deviceName, deviceSecret } = bySecret.triple;
    const first = await bench.confirm(byDigest);
    expect(first).toMatchObject({ status: 200, body: { state: 'confirmed', proof: 'digest' } });
    expect(await bench.confirm(bySecret, { readBack: { deviceName, deviceSecret } })).toMatchObject(
      { status: 200, body: { state: 'confirmed', proof: 'secret' } },
    );
    const again = await bench.confirm(byDigest);
    expect({ ...again.body, changedAt: '' }).toEqual({ ...first.body, changedAt: '' });
    expect(await counters(orderId)).toMatchObject({ free: 2, leased: 0, confirmed: 2 });
    expect(await history(byDigest.claimId)).toHaveLength(2);
  });

  it('takes the digest in either case', async () => {
    const { body } = await bench.claim(await order(), unit());
    const { readBack } = proofOf(body) as { readBack: { secretDigest: string } };
    const upper = { ...readBack, secretDigest: readBack.secretDigest.toUpperCase() };
    expect(await bench.confirm(body, { readBack: upper })).toMatchObject({ status: 200 });
  });

  it('is refused when anything read back differs, and then nothing has changed', async () => {
    const orderId = await order();
    const { body } = await bench.claim(orderId, unit());
    const other = (await bench.claim(orderId, unit())).body;
    const { deviceName, deviceSecret } = body.triple;
    const right = (proofOf(body) as { readBack: { secretDigest: string } }).readBack;
    const flipped = right.secretDigest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    const otherName = other.triple.deviceName;
    for (const [readBack, differing] of [
      [{ deviceName, secretDigest: flipped }, ['secret']],
      [{ deviceName: otherName, secretDigest: right.secretDigest }, ['deviceName']],
      [{ deviceName: otherName, deviceSecret }, ['deviceName']],
      [{ deviceName, deviceSecret: other.triple.deviceSecret }, ['secret']],
      [{ deviceName, deviceSecret: deviceSecret.slice(1) }, ['secret']],
      [proofOf(other).readBack, ['deviceName', 'secret']],
    ] as const) {
      const answer = await bench.confirm(body, { readBack });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'claim.read_back_mismatch', data: { differing } },
      });
      const { detail } = answer.body as Shown & { detail: string };
      expect(detail.endsWith(`: ${differing.join(', ')}.`)).toBe(true);
    }
    expect(await counters(orderId)).toMatchObject({ leased: 2, confirmed: 0 });
    expect((await bench.show(body.claimId)).body.state).toBe('leased');
    await bench.confirm(body);
    const late = await bench.confirm(body, { readBack: { deviceName, secretDigest: flipped } });
    expect(late).toMatchObject(refused(422, 'claim.read_back_mismatch'));
    expect((await bench.show(body.claimId)).body.state).toBe('confirmed');
  });

  it('without a proof, or with two, is not understood and is told what is', async () => {
    const { body } = await bench.claim(await order(), unit());
    const { deviceName, deviceSecret } = body.triple;
    const secretDigest = 'a'.repeat(64);
    const message = 'deviceName with either secretDigest or deviceSecret';
    for (const readBack of [{ deviceName }, { deviceName, deviceSecret, secretDigest }, 'OK']) {
      expect(await bench.confirm(body, { readBack })).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields: [{ path: 'readBack', message }] } },
      });
    }
  });

  it('with a digest that is none is not understood, and the field is named', async () => {
    const { body } = await bench.claim(await order(), unit());
    const { deviceName } = body.triple;
    const fields = [{ path: 'readBack.secretDigest', message: '64 hex digits' }];
    for (const secretDigest of ['', 'OK', 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64)]) {
      const answer = await bench.confirm(body, { readBack: { deviceName, secretDigest } });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields } },
      });
    }
    expect((await bench.show(body.claimId)).body.state).toBe('leased');
  });

  it('comes too late after a fail or a void', async () => {
    const orderId = await order();
    const { body } = await bench.claim(orderId, unit());
    await bench.fail(body.claimId);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.not_leased'));
    await bench.void(body.claimId);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.void'));
    expect(await counters(orderId)).toMatchObject({ confirmed: 0, void: 1 });
  });

  it('of a lease that is stale, or whose order has closed or expired, still holds', async () => {
    const orderId = await order();
    const grants = [];
    for (let count = 0; count < 3; count += 1)
      grants.push((await bench.claim(orderId, unit())).body);
    const [stale, closed, expired] = grants;
    if (!stale || !closed || !expired) throw new Error('three claims');
    await sql(`UPDATE claim SET lease_until = now() - interval '1 day' WHERE id = $1`, [
      stale.claimId.slice(4),
    ]);
    expect((await bench.show(stale.claimId)).body).toMatchObject({ state: 'leased', stale: true });
    expect(await bench.confirm(stale)).toMatchObject({
      body: { state: 'confirmed', stale: false },
    });
    await endOrder(orderId, `state = 'closed'`);
    expect(await bench.confirm(closed)).toMatchObject({ status: 200 });
    await endOrder(orderId, `state = 'open', expires_at = now() - interval '1 hour'`);
    expect(await bench.confirm(expired)).toMatchObject({ status: 200 });
  });

  it('of what a restart loses is for orders that accept it', async () => {
    const strict = (await bench.claim(await order(), unit())).body;
    const loose = (await bench.claim(await order({ acceptVolatile: true }), unit())).body;
    expect(await bench.confirm(strict, { volatile: true })).toMatchObject(
      refused(409, 'claim.volatile_not_accepted'),
    );
    expect((await bench.show(strict.claimId)).body.state).toBe('leased');
    expect(await bench.confirm(loose, { volatile: true })).toMatchObject({
      status: 200,
      body: { state: 'confirmed', volatile: true },
    });
  });
});

describe('a fail', () => {
  it('twice is once, and the next claim of the unit is its next attempt', async () => {
    const orderId = await order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    const first = await bench.fail(body.claimId, 'no answer');
    expect(first).toMatchObject({
      status: 200,
      body: { state: 'failed', failReason: 'no answer' },
    });
    expect(await bench.fail(body.claimId, 'other words')).toMatchObject({
      status: 200,
      body: { state: 'failed', failReason: 'no answer' },
    });
    expect(await counters(orderId)).toMatchObject({ leased: 0, failed: 1, remaining: 3 });
    const { claimId, triple } = body;
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { claimId, triple, attempt: 2, reissued: true, order: { remaining: 3 } },
    });
    expect(await counters(orderId)).toMatchObject({ leased: 1, failed: 0, remaining: 3 });
  });

  it('does not touch what is confirmed or void', async () => {
    const orderId = await order();
    const done = (await bench.claim(orderId, unit())).body;
    const gone = (await bench.claim(orderId, unit())).body;
    await bench.confirm(done);
    await bench.void(gone.claimId);
    expect(await bench.fail(done.claimId)).toMatchObject(refused(409, 'claim.not_leased'));
    expect(await bench.fail(gone.claimId)).toMatchObject(refused(409, 'claim.void'));
    expect(await bench.fail('clm-999999')).toMatchObject(refused(404, 'claim.not_found'));
    expect(await bench.fail(done.claimId, 'a\0b')).toMatchObject(refused(422, 'request.invalid'));
  });
});

describe('a void', () => {
  it('keeps its place in the quota; its unit gets another triple, never that one', async () => {
    const orderId = await order({ quota: 2 });
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    expect(await bench.void(body.claimId)).toMatchObject({ status: 200, body: { state: 'void' } });
    expect(await bench.void(body.claimId)).toMatchObject({ status: 200, body: { state: 'void' } });
    expect(await counters(orderId)).toEqual({
      free: 3,
      leased: 0,
      failed: 0,
      confirmed: 0,
      void: 1,
      remaining: 1,
    });
    const next = await bench.claim(orderId, one);
    expect(next.status).toBe(201);
    expect(next.body.triple.deviceName).not.toBe(body.triple.deviceName);
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(409, 'order.quota_used_up'));
  });

  it('of a failed claim is possible, of a confirmed one not', async () => {
    const orderId = await order();
    const failed = (await bench.claim(orderId, unit())).body;
    const confirmed = (await bench.claim(orderId, unit())).body;
    await bench.fail(failed.claimId);
    await bench.confirm(confirmed);
    expect(await bench.void(failed.claimId)).toMatchObject({ status: 200 });
    const kept = await bench.void(confirmed.claimId);
    expect(kept).toMatchObject(refused(409, 'claim.not_leased'));
    const { detail } = kept.body as Shown & { detail: string };
    expect(detail).toContain(`an admin may void ${confirmed.triple.deviceName}`);
    expect(await counters(orderId)).toMatchObject({ failed: 0, confirmed: 1, void: 1 });
  });

  it('of the device alone stops the claim', async () => {
    const { body } = await bench.claim(await order(), unit());
    await sql(`UPDATE device SET state = 'void' WHERE name = $1`, [body.triple.deviceName]);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.void'));
    expect(await bench.fail(body.claimId)).toMatchObject(refused(409, 'claim.void'));
  });
});

describe('a confirmed unit', () => {
  it('is shown its triple again and stays confirmed', async () => {
    const orderId = await order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    await bench.confirm(body);
    const { claimId, triple } = body;
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { claimId, triple, reissued: true, attempt: 1 },
    });
    expect((await bench.show(claimId)).body.state).toBe('confirmed');
    expect(await counters(orderId)).toMatchObject({ leased: 0, confirmed: 1 });
  });

  it('is shown its triple also when the order has ended: it holds it already', async () => {
    const orderId = await order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    await endOrder(orderId, `state = 'closed'`);
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { triple: body.triple },
    });
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(410, 'order.closed'));
  });
});

describe('the history of a claim', () => {
  it('tells every step with who, where, which unit and which triple, and no secret', async () => {
    const orderId = await order({ acceptVolatile: true });
    const imei = freshImei();
    const { body } = await bench.claim(orderId, { imei }, 4);
    await bench.fail(body.claimId, 'no OK');
    await bench.claim(orderId, { imei }, 4);
    await bench.confirm(body, { volatile: true });
    const { stationId } = bench;
    const common = {
      actor: expect.stringMatching(/^key-\d+ \(station bench/) as string,
      address: '127.0.0.1',
      unit: `imei:${imei}`,
      device_name: body.triple.deviceName,
      product_key: productKey,
      orderId,
    };
    const at = (attempt: number) => ({ station: stationId, slot: 4, attempt });
    const told = await history(body.claimId);
    expect(told).toEqual([
      { ...common, action: 'claim.leased', detail: at(1) },
      { ...common, action: 'claim.failed', detail: { ...at(1), reason: 'no OK' } },
      { ...common, action: 'claim.reissued', detail: at(2) },
      {
        ...common,
        action: 'claim.confirmed',
        detail: { ...at(2), proof: 'digest', volatile: true },
      },
    ]);
    const voided = (await bench.claim(orderId, unit())).body;
    await bench.void(voided.claimId, 'dropped');
    expect((await history(voided.claimId)).at(-1)).toMatchObject({
      action: 'claim.voided',
      detail: { station: stationId, reason: 'dropped' },
    });
    const secrets = [body.triple.deviceSecret, voided.triple.deviceSecret];
    for (const text of [JSON.stringify(told), service.log()]) {
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('is kept for the claim alone: a station asks for its own, by number', async () => {
    const { body } = await bench.claim(await order(), unit());
    const shown = await bench.show(body.claimId);
    expect(shown.text).not.toContain(body.triple.deviceSecret);
    expect(await bench.show('clm-999999')).toMatchObject(refused(404, 'claim.not_found'));
    expect(await bench.show('ord-1')).toMatchObject(refused(422, 'request.invalid'));
    const named = `/api/v1/claims/${body.claimId}?station=${bench.stationId}`;
    expect((await service.call<Shown>('GET', named)).body.claimId).toBe(body.claimId);
  });
});
