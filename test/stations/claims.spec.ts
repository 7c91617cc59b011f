import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTriples, makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let service: TestService;
let bench: Bench;
let productKey: string;
beforeAll(async () => {
  line = await startClaimLine();
  ({ service, bench, productKey } = line);
});
afterAll(async () => {
  await line.stop();
});

const unit = () => ({ imei: freshImei() });

describe('a claim', () => {
  it('gives a unit a triple of the order and says where the broker is', async () => {
    const orderId = await line.order({ quota: 3 });
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
    const orderId = await line.order();
    const imei = freshImei();
    const first = await bench.claim(orderId, { imei });
    const grouped = `${imei.slice(0, 2)}-${imei.slice(2, 8)} ${imei.slice(8)}`;
    const again = await bench.claim(orderId, { imei: grouped, sn: 'S1', firmware: 'V2\0\n' });
    expect(again.status).toBe(200);
    const { claimId, triple, order: left } = first.body;
    expect(again.body).toMatchObject({ claimId, triple, order: left, reissued: true, attempt: 1 });
    expect(Date.parse(again.body.leaseUntil)).toBeGreaterThan(Date.parse(first.body.leaseUntil));
    expect(await line.counters(orderId)).toMatchObject({ free: 3, leased: 1, remaining: 3 });
    expect((await bench.show(claimId)).body).toMatchObject({
      identity: `imei:${imei}`,
      unit: { imei, sn: 'S1', firmware: 'V2' },
    });
  });

  it('moves to another station with its unit, and the first station has it no longer', async () => {
    const other = await makeBench(service);
    const orderId = await line.order();
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
    const [here, there] = [await line.order(), await line.order()];
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
    const [here, there] = [other.orderId, await line.order()];
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
    expect(await line.counters(here)).toMatchObject({ confirmed: 0, void: 1 });
    expect(await line.counters(there)).toMatchObject({ leased: 1 });
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
    const orderId = await line.order({}, 1);
    expect(await bench.claim(orderId, wrong)).toMatchObject(refused(422, code));
    expect(await line.counters(orderId)).toMatchObject({ free: 1, remaining: 1 });
  });

  it('is refused for orders that give nothing out', async () => {
    const other = await makeBench(service);
    const [closed, aborted, bad] = [await line.order(), await line.order(), await line.order()];
    await line.endOrder(closed, `state = 'closed'`);
    await line.endOrder(aborted, `state = 'aborted'`);
    await line.endOrder(bad, `state = 'refused'`);
    const expired = await line.order();
    await line.endOrder(expired, `expires_at = now() - interval '1 minute'`);
    const theirs = await line.order({ stations: [other.stationId] });
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
    const placed = await service.call<ShownOrder>('POST', path, { quantity: 100_000, naming });
    const { orderId } = placed.body;
    expect(await bench.claim(orderId, unit())).toMatchObject({
      status: 409,
      body: { code: 'order.minting', retryable: true },
    });
    await waitUntilMinted(service, orderId);
    expect((await bench.claim(orderId, unit())).status).toBe(201);
  });

  it('tells a used-up quota from an empty stock', async () => {
    const used = await line.order({ quota: 1 });
    await bench.claim(used, unit());
    expect(await bench.claim(used, unit())).toMatchObject(refused(409, 'order.quota_used_up'));
    const empty = await line.order({}, 2);
    await line.sql(`UPDATE device SET disabled_at = now() WHERE order_id = $1 AND name LIKE '%1'`, [
      empty.slice(4),
    ]);
    await line.sql(
      `UPDATE device SET activated_at = now() WHERE order_id = $1 AND name LIKE '%2'`,
      [empty.slice(4)],
    );
    expect(await bench.claim(empty, unit())).toMatchObject(refused(409, 'order.stock_empty'));
    expect(await line.counters(empty)).toMatchObject({ free: 2, leased: 0, remaining: 2 });
  });

  it('never takes a triple that is activated, disabled, issued or void', async () => {
    const orderId = await line.order({}, 5);
    const names = [...(await exportTriples(service, orderId)).keys()].sort();
    const mark = (index: number, change: string) =>
      line.sql(`UPDATE device SET ${change} WHERE order_id = $1 AND name = $2`, [
        orderId.slice(4),
        names[index],
      ]);
    await mark(0, 'activated_at = now()');
    await mark(1, 'disabled_at = now()');
    await mark(2, `state = 'issued'`);
    await mark(3, `state = 'void'`);
    await line.sql(
      'UPDATE order_count SET free = 3, issued = 1, void = 1, shown = 1 WHERE order_id = $1',
      [orderId.slice(4)],
    );
    const { body } = await bench.claim(orderId, unit());
    expect(body.triple.deviceName).toBe(names[4]);
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(409, 'order.stock_empty'));
  });

  it('of an admin counts for the station he names', async () => {
    const orderId = await line.order({ stations: [bench.stationId] });
    const body = { orderId, unit: unit() };
    const named = `?station=${bench.stationId}`;
    const bare = await service.call('POST', '/api/v1/claims', body);
    expect(bare).toMatchObject(refused(422, 'station.missing'));
    const made = await service.call<Grant>('POST', `/api/v1/claims${named}`, body);
    expect(made.status).toBe(201);
    expect(await bench.confirm(made.body)).toMatchObject({ status: 200 });
    const [leased] = await line.history(made.body.claimId);
    expect(leased).toMatchObject({ detail: { station: bench.stationId } });
    expect((leased as { actor: string }).actor).toContain('admin');
  });

  it('takes a requestId, and the unit makes the retry safe', async () => {
    const orderId = await line.order();
    const body = { orderId, unit: unit(), requestId: 'r'.repeat(255) };
    const send = (what: object) => service.call<Grant>('POST', '/api/v1/claims', what, bench.key);
    const [first, again] = [await send(body), await send(body)];
    expect(again.body.triple).toEqual(first.body.triple);
    expect(await send({ ...body, requestId: 'r'.repeat(256) })).toMatchObject(
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
