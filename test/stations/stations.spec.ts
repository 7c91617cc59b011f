import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { makeBench } from './bench.js';

interface Station {
  readonly stationId: string;
  readonly name: string;
  readonly line: string | null;
  readonly slots: readonly object[];
  readonly key?: string;
  readonly code?: string;
}

/** What a refusal tells. */
interface Told {
  readonly detail: string;
  readonly action: { readonly en: string };
}

interface Me extends Station {
  readonly orders: readonly { readonly orderId: string; readonly remaining: number }[];
  readonly serverTime: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const enrol = (body: unknown) => service.call<Station>('POST', '/api/v1/stations', body);
const me = (key: string, query = '') =>
  service.call<Me>('GET', `/api/v1/me${query}`, undefined, key);
const setSlots = (stationId: string, slots: unknown) =>
  service.call<Station>('PUT', `/api/v1/stations/${stationId}/slots`, slots);

describe('a station', () => {
  it('is enrolled with a key that works at once, is shown once and is kept nowhere', async () => {
    const made = await enrol({ name: 'SZX-L1-PROV01', line: 'L1' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'SZX-L1-PROV01', line: 'L1', slots: [] });
    const { key = '', stationId } = made.body;
    expect(stationId).toMatch(/^st-\d+$/);
    expect((await me(key)).body).toMatchObject({ stationId, name: 'SZX-L1-PROV01', line: 'L1' });
    const shown = await service.call('GET', `/api/v1/stations/${stationId}`);
    const listed = await service.call('GET', '/api/v1/stations');
    expect(shown.text + listed.text + service.log()).not.toContain(key);
    expect(listed.text).toContain('SZX-L1-PROV01');
  });

  it('keeps its name to itself, and a refused one leaves no key behind', async () => {
    await enrol({ name: 'twice' });
    const keys = async () => await rows(service.database.dataSource, 'SELECT id FROM api_key');
    const before = await keys();
    const again = await enrol({ name: 'twice' });
    expect(again).toMatchObject({ status: 409, body: { code: 'station.name_taken' } });
    expect(await keys()).toEqual(before);
  });

  it.each([{}, { name: '' }, { name: 'a\0b' }, { name: 'a\ud800b' }, { name: 'x', extra: 1 }])(
    'is refused as %j',
    async (body) => {
      expect(await enrol(body)).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    },
  );

  it('is not found by a number that no station has', async () => {
    for (const [method, path, body] of [
      ['GET', '/api/v1/stations/st-999999', undefined],
      ['PUT', '/api/v1/stations/st-999999/slots', []],
      ['GET', '/api/v1/me?station=st-999999', undefined],
    ] as const) {
      const answer = await service.call(method, path, body);
      expect(answer).toMatchObject({ status: 404, body: { code: 'station.not_found' } });
    }
  });

  it('cannot enrol, list or wire stations', async () => {
    const { key, stationId } = await makeBench(service);
    for (const [method, path, body] of [
      ['POST', '/api/v1/stations', { name: 'mine' }],
      ['GET', '/api/v1/stations', undefined],
      ['PUT', `/api/v1/stations/${stationId}/slots`, []],
    ] as const) {
      const answer = await service.call(method, path, body, key);
      expect(answer).toMatchObject({ status: 403, body: { code: 'key.role_not_allowed' } });
    }
  });

  it('is recorded in the history with its slots', async () => {
    const { stationId } = await makeBench(service);
    await setSlots(stationId, [{ slot: 1, port: 'tcp://jig:4001' }]);
    const told = await rows<{ action: string; slots: object[] | null }>(
      service.database.dataSource,
      `SELECT action, detail->'slots' AS slots FROM audit_event WHERE detail->>'station' = $1
       ORDER BY id`,
      [stationId],
    );
    expect(told).toEqual([
      { action: 'station.created', slots: null },
      {
        action: 'station.slots_set',
        slots: [{ slot: 1, port: 'tcp://jig:4001', dialect: null }],
      },
    ]);
  });
});

describe('the slots of a station', () => {
  it('are replaced as a whole and shown by number', async () => {
    const { stationId, key } = await makeBench(service);
    await setSlots(stationId, [{ slot: 9, port: 'tcp://old:1' }]);
    const set = await setSlots(stationId, [
      { slot: 2, port: 'tcp://jig:4002' },
      { slot: 1, port: 'TCP://Jig:4001', dialect: 'lierda-lmqtt' },
    ]);
    const slots = [
      { slot: 1, port: 'tcp://jig:4001', dialect: 'lierda-lmqtt' },
      { slot: 2, port: 'tcp://jig:4002', dialect: null },
    ];
    expect(set).toMatchObject({ status: 200, body: { stationId, slots } });
    expect((await me(key)).body.slots).toEqual(slots);
  });

  it.each([
    ['slot.port_malformed', [{ slot: 1, port: 'COM3' }]],
    [
      'slot.port_shared',
      [
        { slot: 1, port: 'tcp://jig:4001' },
        { slot: 2, port: 'tcp://jig:4001' },
      ],
    ],
    [
      'slot.number_shared',
      [
        { slot: 1, port: 'tcp://jig:4001' },
        { slot: 1, port: 'tcp://jig:4002' },
      ],
    ],
    ['request.invalid', [{ slot: 0, port: 'tcp://jig:4001' }]],
    ['request.invalid', { slot: 1, port: 'tcp://jig:4001' }],
  ])('are refused with %s and stay as they were', async (code, wrong) => {
    const { stationId, key } = await makeBench(service);
    await setSlots(stationId, [{ slot: 7, port: 'tcp://kept:1' }]);
    expect(await setSlots(stationId, wrong)).toMatchObject({ status: 422, body: { code } });
    expect((await me(key)).body.slots).toEqual([{ slot: 7, port: 'tcp://kept:1', dialect: null }]);
  });

  it('may be at a serial port; one outside /dev is refused with what works instead', async () => {
    const { stationId } = await makeBench(service);
    const kept = await setSlots(stationId, [{ slot: 1, port: 'serial:/dev/ttyUSB0?baud=9600' }]);
    expect(kept.status).toBe(200);
    const answer = await setSlots(stationId, [{ slot: 1, port: 'serial:///etc/passwd' }]);
    expect(answer).toMatchObject({ status: 422, body: { code: 'slot.port_malformed' } });
    const { detail, action } = answer.body as Station & Told;
    expect(detail).toBe(
      'Slot 1: A serial port is a path below /dev, without blanks and escapes (%).',
    );
    expect(action.en).toContain('tcp://host:port (ser2net or a serial device server');
  });

  it.each(['quectel', '', 'a\0b'])(
    'with the dialect %j are refused with the ids that are known',
    async (dialect) => {
      const { stationId, key } = await makeBench(service);
      const answer = await setSlots(stationId, [{ slot: 1, port: 'tcp://jig:4001', dialect }]);
      expect(answer).toMatchObject({ status: 404, body: { code: 'dialect.unknown' } });
      expect((answer.body as Station & Told).detail).toContain('lierda-lmqtt');
      expect(answer.text).not.toContain('GET /dialects');
      expect((await me(key)).body.slots).toEqual([]);
    },
  );

  it('replaced by two admins at once are those of one of them', async () => {
    const { stationId, key } = await makeBench(service);
    const set = (host: string) =>
      setSlots(
        stationId,
        [1, 2, 3].map((slot) => ({ slot, port: `tcp://${host}:${slot}` })),
      );
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(set));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set((await me(key)).text.match(/tcp:\/\/[a-d]/g)).size).toBe(1);
  });
});

describe('what a station is told of itself', () => {
  it('holds the open orders it may use with what remains, and the time of the service', async () => {
    const [bench, other] = [await makeBench(service), await makeBench(service)];
    const { productKey } = await makeProduct(service);
    const order = (prefix: string, rest = {}) =>
      makeOrder(service, productKey, { quantity: 4, prefix, ...rest });
    const open = await order('open', { quota: 3 });
    const mine = await order('mine', { stations: [bench.stationId] });
    const theirs = await order('their', { stations: [other.stationId] });
    const expired = await order('expi');
    const held = await order('held');
    await service.database.dataSource.query(
      'UPDATE production_order SET held_at = now() WHERE id = $1',
      [Number(held.orderId.slice(4))],
    );
    await service.database.dataSource.query(
      `UPDATE production_order SET expires_at = now() - interval '1 minute' WHERE id = $1`,
      [Number(expired.orderId.slice(4))],
    );
    await bench.claim(open.orderId, { sn: 'told-1' });
    const { body } = await me(bench.key);
    const remaining = Object.fromEntries(body.orders.map((one) => [one.orderId, one.remaining]));
    expect(remaining).toEqual({ [open.orderId]: 2, [mine.orderId]: 4 });
    expect(body.orders[0]).toMatchObject({
      provisioning: 'device-secret',
      acceptVolatile: false,
      acceptProofs: ['digest', 'secret', 'fingerprint', 'login'],
    });
    expect([theirs, expired].map(({ orderId }) => remaining[orderId])).toEqual([
      undefined,
      undefined,
    ]);
    expect(Math.abs(Date.parse(body.serverTime) - Date.now())).toBeLessThan(10_000);
  });

  it('is told to an admin for the station he names, and not without', async () => {
    const bench = await makeBench(service);
    const named = await service.call<Me>('GET', `/api/v1/me?station=${bench.stationId}`);
    expect(named).toMatchObject({ status: 200, body: { stationId: bench.stationId } });
    const bare = await service.call('GET', '/api/v1/me');
    expect(bare).toMatchObject({ status: 422, body: { code: 'station.missing' } });
  });

  it('is not told to another station', async () => {
    const [bench, other] = [await makeBench(service), await makeBench(service)];
    expect(await me(bench.key, `?station=${bench.stationId}`)).toMatchObject({ status: 200 });
    expect(await me(bench.key, `?station=${other.stationId}`)).toMatchObject({
      status: 403,
      body: { code: 'key.role_not_allowed' },
    });
  });
});
