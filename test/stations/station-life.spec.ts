import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listed, makeKey, toldOf } from '../access/keys-api.js';
import type { ShownKey } from '../access/keys-api.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';

interface Station {
  readonly stationId: string;
  readonly name: string;
  readonly line: string | null;
  readonly disabledAt: string | null;
}

const outOfService = { status: 403, body: { code: 'station.disabled' } };

let service: TestService;
let engineer: string;
beforeAll(async () => {
  service = await startTestService();
  engineer = (await makeKey(service, { role: 'engineer', name: 'line' })).key;
});
afterAll(async () => {
  await service.stop();
});

const change = (stationId: string, body: object) =>
  service.call<Station>('PATCH', `/api/v1/stations/${stationId}`, body, engineer);
const rotate = (stationId: string, body: object = {}) =>
  service.call<ShownKey>('POST', `/api/v1/stations/${stationId}/key/rotate`, body, engineer);
const revokeKeys = (stationId: string) =>
  service.call('DELETE', `/api/v1/stations/${stationId}/key`, undefined, engineer);
const me = (key: string) => service.call<Station>('GET', '/api/v1/me', undefined, key);
const openOrder = async () => {
  const { productKey } = await makeProduct(service);
  return (await makeOrder(service, productKey, { quantity: 4 })).orderId;
};

describe('a station taken out of service', () => {
  it('is refused everything with one code, and works again when it is put back', async () => {
    const orderId = await openOrder();
    const bench = await makeBench(service);
    const { body: grant } = await bench.claim(orderId, { imei: freshImei() });
    const taken = await change(bench.stationId, { disabled: true });
    expect(taken).toMatchObject({ status: 200, body: { stationId: bench.stationId } });
    expect(Date.parse(taken.body.disabledAt ?? '')).toBeGreaterThan(0);
    expect(await me(bench.key)).toMatchObject(outOfService);
    expect(await bench.claim(orderId, { imei: freshImei() })).toMatchObject(outOfService);
    expect(await bench.confirm(grant)).toMatchObject(outOfService);
    expect(await bench.show(grant.claimId)).toMatchObject(outOfService);
    const back = await change(bench.stationId, { disabled: false });
    expect(back.body.disabledAt).toBeNull();
    expect(await bench.confirm(grant)).toMatchObject({ status: 200 });
  });

  it('is worked at by nobody else either, but still looked at', async () => {
    const orderId = await openOrder();
    const bench = await makeBench(service);
    const { body: grant } = await bench.claim(orderId, { imei: freshImei() });
    await change(bench.stationId, { disabled: true });
    const as = `?station=${bench.stationId}`;
    const unit = { imei: freshImei() };
    for (const [path, body] of [
      [`/api/v1/claims${as}`, { orderId, unit }],
      [`/api/v1/claims/${grant.claimId}/fail${as}`, { reason: 'x' }],
      [`/api/v1/runs${as}`, { orderId }],
    ] as const) {
      expect(await service.call('POST', path, body)).toMatchObject(outOfService);
    }
    for (const path of [`/api/v1/me${as}`, `/api/v1/claims/${grant.claimId}${as}`]) {
      expect((await service.call('GET', path, undefined, engineer)).status, path).toBe(200);
    }
  });

  it('leaves its units to another station', async () => {
    const orderId = await openOrder();
    const [bench, other] = [await makeBench(service), await makeBench(service)];
    const unit = { imei: freshImei() };
    const { body: grant } = await bench.claim(orderId, unit);
    await change(bench.stationId, { disabled: true });
    const again = await other.claim(orderId, unit);
    expect(again).toMatchObject({ status: 200, body: { claimId: grant.claimId } });
  });
});

describe('a change of a station', () => {
  it('is told in the history, with what was before, and once only', async () => {
    const { body: made } = await service.call<Station>('POST', '/api/v1/stations', {
      name: 'to be told',
      line: 'L1',
    });
    const { stationId } = made;
    for (const body of [{ disabled: true }, { disabled: true }, { disabled: false }, {}]) {
      await change(stationId, body);
    }
    await change(stationId, { name: 'told', line: null });
    const told = await toldOf(service, 'station', stationId);
    expect(told.slice(1).map(({ action, detail }) => ({ action, detail }))).toEqual([
      { action: 'station.disabled', detail: { name: 'to be told' } },
      { action: 'station.enabled', detail: { name: 'to be told' } },
      {
        action: 'station.changed',
        detail: { name: 'told', line: null, before: { name: 'to be told', line: 'L1' } },
      },
    ]);
    expect(told[1]?.actor).toMatch(/^key-\d+ \(engineer\)$/);
  });

  it('takes no name of another, and no station that is not there', async () => {
    await service.call('POST', '/api/v1/stations', { name: 'taken' });
    const { stationId } = await makeBench(service);
    const clash = await change(stationId, { name: 'taken', disabled: true });
    expect(clash).toMatchObject({ status: 409, body: { code: 'station.name_taken' } });
    const { body } = await service.call<Station>('GET', `/api/v1/stations/${stationId}`);
    expect(body.disabledAt).toBeNull();
    const none = await change('st-999999', { disabled: true });
    expect(none).toMatchObject({ status: 404, body: { code: 'station.not_found' } });
    expect(await change(stationId, { disabled: 'yes' })).toMatchObject({ status: 422 });
  });

  it('is seen in the name by which the station signs from then on', async () => {
    const bench = await makeBench(service);
    await change(bench.stationId, { name: `${bench.stationId} renamed` });
    const { body } = await bench.claim(await openOrder(), { imei: freshImei() });
    const { text } = await service.call('GET', '/api/v1/audit?action=claim.leased&limit=1');
    expect(text).toContain(`(station ${bench.stationId} renamed)`);
    expect(body.claimId).toMatch(/^clm-/);
  });
});

describe('the key of a station', () => {
  it('is rotated by engineers, with both valid for a while', async () => {
    const { key, stationId } = await makeBench(service);
    const { status, body } = await rotate(stationId);
    expect(status).toBe(200);
    expect(body).toMatchObject({ role: 'station', stationId });
    for (const one of [key, body.key]) expect(await me(one)).toMatchObject({ status: 200 });
    expect((await me(body.key)).body).toMatchObject({ stationId });
    const shown = await service.call<{ items: ShownKey[] }>(
      'GET',
      `/api/v1/keys?station=${stationId}`,
    );
    expect(shown.body.items.map(({ keyId, rotatedFrom }) => [keyId, rotatedFrom])).toEqual([
      [body.previous?.keyId, null],
      [body.keyId, body.previous?.keyId],
    ]);
  });

  it('is replaced at once when no overlap is wanted', async () => {
    const { key, stationId } = await makeBench(service);
    const { body } = await rotate(stationId, { overlapSeconds: 0 });
    expect((await me(key)).status).toBe(401);
    expect((await me(body.key)).status).toBe(200);
  });

  it('is rotated again from the newest one', async () => {
    const { stationId } = await makeBench(service);
    const first = await rotate(stationId);
    const second = await rotate(stationId);
    expect(second.body.rotatedFrom).toBe(first.body.keyId);
  });

  it('is revoked with all that are valid, and a new one is made for the station', async () => {
    const { key, stationId } = await makeBench(service);
    const { body: next } = await rotate(stationId);
    expect((await revokeKeys(stationId)).status).toBe(204);
    for (const one of [key, next.key]) expect((await me(one)).status).toBe(401);
    const none = await revokeKeys(stationId);
    expect(none).toMatchObject({ status: 404, body: { code: 'key.not_found' } });
    const fresh = await rotate(stationId);
    expect(fresh).toMatchObject({ status: 200, body: { previous: null, rotatedFrom: null } });
    expect((await me(fresh.body.key)).status).toBe(200);
    expect(await listed(service, next.keyId)).toMatchObject({ state: 'revoked' });
  });

  it('of a station that is not there is neither rotated nor revoked', async () => {
    for (const answer of [await rotate('st-999999'), await revokeKeys('st-999999')]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'station.not_found' } });
    }
  });
});
