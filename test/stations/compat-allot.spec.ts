import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench } from './bench.js';

let service: TestService;
let bench: Bench;
beforeAll(async () => {
  service = await startTestService();
  bench = await makeBench(service);
});
afterAll(async () => {
  await service.stop();
});

/** The line tool: one POST for everything, here with the key of the station. */
async function tool(body: object, key = bench.key): Promise<{ status: number; body: unknown }> {
  const answer = await supertest(service.service.urls.http)
    .post('/api/v1/compat/aliyun/allot')
    .set('Authorization', `Bearer ${key}`)
    .send(body);
  return { status: answer.status, body: answer.body as unknown };
}

interface Problem {
  readonly detail: string;
  readonly action: { readonly en: string; readonly zh: string };
}

const refused = (status: number, code: string): object => ({ status, body: { code } });
const byWord = { acceptProofs: ['digest', 'word'] };

let orders = 0;
async function order(ProductKey: string, quantity: number, rest: object = byWord): Promise<string> {
  const prefix = `burn${(orders += 1)}_`;
  return (await makeOrder(service, ProductKey, { quantity, prefix, ...rest })).orderId;
}

async function product(): Promise<string> {
  return (await makeProduct(service)).productKey;
}

describe('the line tool of the vendor', () => {
  it('is given a triple, says that it was burnt, and may say everything twice', async () => {
    const ProductKey = await product();
    const orderId = await order(ProductKey, 2);
    const asked = { ProductKey, DeviceID: freshImei() };
    const allotted = await tool({ ...asked, Action: 0 });
    const [[DeviceName, DeviceSecret] = []] = [...(await exportTriples(service, orderId))];
    expect(allotted).toEqual({ status: 200, body: { ProductKey, DeviceName, DeviceSecret } });
    expect(await tool({ ...asked, Action: 0 })).toEqual(allotted);
    const burnt = { status: 200, body: { ProductKey, DeviceName } };
    expect(await tool({ ...asked, Action: 1 })).toEqual(burnt);
    expect(await tool({ ...asked, Action: 1 })).toEqual(burnt);
    const { body } = await service.call<{ confirmed: number }>('GET', `/api/v1/orders/${orderId}`);
    expect(body).toMatchObject({ confirmed: 1, leased: 0, free: 1 });
  });

  it('says that burning failed, and gets the same triple for the next attempt', async () => {
    const ProductKey = await product();
    const orderId = await order(ProductKey, 2);
    const asked = { ProductKey, DeviceID: `SN-${freshImei()}` };
    const first = await tool({ ...asked, Action: 0 });
    expect(await tool({ ...asked, Action: 2 })).toMatchObject({ status: 200 });
    expect(await tool({ ...asked, Action: 2 })).toMatchObject({ status: 200 });
    expect(await service.call('GET', `/api/v1/orders/${orderId}`)).toMatchObject({
      body: { failed: 1, leased: 0 },
    });
    expect(await tool({ ...asked, Action: 1 })).toMatchObject(refused(409, 'claim.not_leased'));
    expect(await tool({ ...asked, Action: 0 })).toEqual(first);
    expect(await tool({ ...asked, Action: 1 })).toMatchObject({ status: 200 });
  });

  it('is answered the same for the same Idempotency-Key', async () => {
    const ProductKey = await product();
    await order(ProductKey, 1);
    const ask = () =>
      supertest(service.service.urls.http)
        .post('/api/v1/compat/aliyun/allot')
        .set('Authorization', `Bearer ${bench.key}`)
        .set('Idempotency-Key', `allot-${ProductKey}`)
        .send({ ProductKey, DeviceID: 'SN-1', Action: 0 });
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.text).toBe(first.text);
    expect(first.text).toContain('DeviceSecret');
  });

  it('goes through the orders of a product, oldest first, and stops when none has any left', async () => {
    const ProductKey = await product();
    for (const quota of [1, 2]) await order(ProductKey, 3, { ...byWord, quota });
    const names: unknown[] = [];
    for (let unit = 0; unit < 3; unit += 1) {
      const { body } = await tool({ ProductKey, DeviceID: freshImei(), Action: 0 });
      names.push((body as { DeviceName: string }).DeviceName);
    }
    expect(names).toEqual([
      `burn${orders - 1}_000001`,
      `burn${orders}_000001`,
      `burn${orders}_000002`,
    ]);
    const more = await tool({ ProductKey, DeviceID: freshImei(), Action: 0 });
    expect(more).toMatchObject(refused(409, 'order.none_open'));
  });

  it('gives many units at once each its own triple, beyond the end of an order', async () => {
    const ProductKey = await product();
    for (let made = 0; made < 3; made += 1) await order(ProductKey, 4);
    const units = Array.from({ length: 14 }, freshImei);
    const answers = await Promise.all(
      units.map((DeviceID) => tool({ ProductKey, DeviceID, Action: 0 })),
    );
    const given = answers.filter(({ status }) => status === 200);
    expect(new Set(given.map(({ body }) => (body as { DeviceName: string }).DeviceName)).size).toBe(
      12,
    );
    expect(answers.filter(({ status }) => status !== 200)).toMatchObject([
      refused(409, 'order.none_open'),
      refused(409, 'order.none_open'),
    ]);
  });

  it('gets the triple that a unit holds also after its order was closed', async () => {
    const ProductKey = await product();
    const orderId = await order(ProductKey, 2);
    const asked = { ProductKey, DeviceID: freshImei(), Action: 0 };
    const first = await tool(asked);
    await service.call('POST', `/api/v1/orders/${orderId}/close`, {});
    expect(await tool(asked)).toEqual(first);
    expect(await tool({ ...asked, Action: 1 })).toMatchObject({ status: 200 });
    const other = await tool({ ...asked, DeviceID: freshImei() });
    expect(other).toMatchObject(refused(409, 'order.none_open'));
  });

  it('finds a unit that was claimed by its IMEI, and the other way round', async () => {
    const ProductKey = await product();
    const orderId = await order(ProductKey, 2);
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    const DeviceID = ` ${imei.slice(0, 8)}-${imei.slice(8)}`;
    expect(await tool({ ProductKey, DeviceID, Action: 0 })).toMatchObject({
      body: {
        DeviceName: grant.triple.deviceName,
        DeviceSecret: grant.triple.deviceSecret,
      },
    });
    await tool({ ProductKey, DeviceID, Action: 1 });
    expect((await bench.show(grant.claimId)).body).toMatchObject({
      state: 'confirmed',
      proof: 'word',
    });
  });

  it('is not believed where the order wants to see what was read back', async () => {
    const ProductKey = await product();
    await order(ProductKey, 1, {});
    const asked = { ProductKey, DeviceID: freshImei() };
    await tool({ ...asked, Action: 0 });
    const answer = await tool({ ...asked, Action: 1 });
    expect(answer).toMatchObject(refused(409, 'claim.proof_not_accepted'));
    const { detail, action } = answer.body as Problem;
    expect(detail).toMatch(
      /^ord-\d+ does not take the word of a station: it lacks word in its accept/,
    );
    expect(action.en).toContain('an order with `word` in acceptProofs');
    expect(action.zh).toContain('acceptProofs 包含 word');
  });

  it('is refused an order of other stations, of product secrets, of another product', async () => {
    const ProductKey = await product();
    const other = await makeBench(service);
    await order(ProductKey, 1, { ...byWord, stations: [other.stationId] });
    await order(ProductKey, 1, { provisioning: 'product-secret' });
    await order(await product(), 1);
    const asked = { ProductKey, DeviceID: freshImei(), Action: 0 };
    expect(await tool(asked)).toMatchObject(refused(409, 'order.none_open'));
    expect(await tool(asked, other.key)).toMatchObject({ status: 200 });
    expect(await tool({ ...asked, Action: 1 })).toMatchObject(refused(404, 'claim.not_found'));
  });

  it('is told when a unit holds a triple of another product', async () => {
    const [one, two] = [await product(), await product()];
    await order(one, 1);
    await order(two, 1);
    const DeviceID = freshImei();
    await tool({ ProductKey: one, DeviceID, Action: 0 });
    const answer = await tool({ ProductKey: two, DeviceID, Action: 0 });
    expect(answer).toMatchObject(refused(409, 'unit.bound_elsewhere'));
    const burnt = await tool({ ProductKey: two, DeviceID, Action: 1 });
    expect(burnt).toMatchObject(refused(404, 'claim.not_found'));
  });

  it.each([
    ['an IMEI that was misread', '868686868686868', 'unit.imei_check_digit'],
    ['the IMEI of a blank module', '000000000000000', 'unit.imei_blank'],
    ['a serial number with a blank in it', 'SN 1', 'unit.sn_malformed'],
  ])('is refused %s', async (_, DeviceID, code) => {
    const ProductKey = await product();
    await order(ProductKey, 1);
    for (const Action of [0, 1, 2]) {
      expect(await tool({ ProductKey, DeviceID, Action })).toMatchObject(refused(422, code));
    }
  });

  it.each([
    ['nothing', {}],
    ['an action that nobody knows', { ProductKey: 'a1', DeviceID: 'x', Action: 3 }],
    ['an action as text', { ProductKey: 'a1', DeviceID: 'x', Action: '0' }],
    ['no unit', { ProductKey: 'a1', DeviceID: '', Action: 0 }],
  ])('is refused %s', async (_, body) => {
    expect((await tool(body)).status).toBe(422);
  });

  it('needs a key, and an admin names the station', async () => {
    const ProductKey = await product();
    await order(ProductKey, 1);
    const asked = { ProductKey, DeviceID: freshImei(), Action: 0 };
    expect(await tool(asked, 'tm_unknown')).toMatchObject(refused(401, 'key.unknown'));
    const path = '/api/v1/compat/aliyun/allot';
    expect(await service.call('POST', path, asked)).toMatchObject(refused(422, 'station.missing'));
    const named = await service.call('POST', `${path}?station=${bench.stationId}`, asked);
    expect(named).toMatchObject({ status: 200, body: { ProductKey } });
  });
});
