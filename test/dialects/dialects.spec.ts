import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects } from '../../src/at/find-dialect.js';
import type { DialectView } from '../../src/dialects/dialect-view.js';
import { parseDialect } from '../../src/dialects/parse-dialect.js';
import { rows } from '../../src/platform/database/query.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { exampleWith } from './example.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const path = '/api/v1/dialects';
const add = (changes: Record<string, unknown>) =>
  service.call<DialectView>('POST', path, exampleWith(changes));
const remove = (id: string) => service.call('DELETE', `${path}/${id}`);

describe('dialects', () => {
  it('are listed with what they can, the built-in ones first', async () => {
    await add({ id: 'listed' });
    const { body } = await service.call<{ items: DialectView[] }>('GET', path);
    expect(body.items.slice(0, dialects.length).map(({ id }) => id)).toEqual(
      dialects.map(({ id }) => id),
    );
    const byId = new Map(body.items.map((item) => [item.id, item]));
    expect(byId.get('lierda-lmqtt')).toMatchObject({
      isBuiltIn: true,
      readBack: 'clear',
      persistence: 'unknown',
      registration: ['network'],
      baudRates: [115_200, 9_600],
      revision: null,
    });
    expect(byId.get('listed')).toMatchObject({
      isBuiltIn: false,
      revision: 1,
      changedBy: expect.stringContaining('admin') as string,
    });
  });

  it('are shown whole, so that an own one can be begun from a built-in one', async () => {
    const { body } = await service.call<object>('GET', `${path}/quectel-qmt`);
    expect(body).toEqual(dialects.find(({ id }) => id === 'quectel-qmt'));
    const begun = await service.call('POST', path, { ...body, id: 'begun' });
    expect(begun.status).toBe(201);
  });

  it('are stored with what was left out, and unknown ones are 404', async () => {
    await add({ id: 'stored' });
    const { body } = await service.call('GET', `${path}/stored`);
    expect({ dialect: body }).toEqual(parseDialect(exampleWith({ id: 'stored' })));
    const none = await service.call('GET', `${path}/none`);
    expect(none).toMatchObject({ status: 404, body: { code: 'dialect.unknown' } });
    expect(await remove('a%00b')).toMatchObject({ status: 404, body: { code: 'dialect.unknown' } });
  });

  it('are answered with those that know the same modules, own ones included', async () => {
    const name = { modules: ['ACME-1'], 'match.0.capture.pattern': '(?<value>ACME-1).*' };
    expect((await add({ id: 'first', ...name })).body).toMatchObject({ rivals: [] });
    const second = await add({ id: 'second', ...name });
    expect(second.body).toMatchObject({ rivals: [{ id: 'first', model: 'ACME-1' }] });
    await remove('first');
    await remove('second');
  });

  it('get a revision for each change, none for the same once more, and stand in the history', async () => {
    expect(await add({ id: 'changing' })).toMatchObject({ status: 201, body: { revision: 1 } });
    expect(await add({ id: 'changing' })).toMatchObject({ status: 200, body: { revision: 1 } });
    const changed = await add({ id: 'changing', label: 'Better' });
    expect(changed).toMatchObject({ status: 200, body: { revision: 2, label: 'Better' } });
    expect((await remove('changing')).status).toBe(204);
    const history = await rows<{ action: string; revision: number | null }>(
      service.database.dataSource,
      `SELECT action, (detail->>'revision')::integer AS revision FROM audit_event
       WHERE detail->>'dialect' = 'changing' ORDER BY id`,
      [],
    );
    expect(history).toEqual([
      { action: 'dialect.added', revision: 1 },
      { action: 'dialect.changed', revision: 2 },
      { action: 'dialect.removed', revision: null },
    ]);
  });

  it('are refused with every field that is wrong', async () => {
    const evil = { id: 'evil', 'banners.0': 'RDY(a|a)*', secretHeads: [] };
    const answer = await service.call<{ code: string; data: { fields: { path: string }[] } }>(
      'POST',
      path,
      exampleWith(evil),
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    expect(answer.body.data.fields.map((field) => field.path)).toEqual([
      'banners.0',
      'readBack.commands.0.captures.0.pattern',
    ]);
    expect((await service.call('GET', `${path}/evil`)).status).toBe(404);
  });

  it('of the house stay as they are', async () => {
    expect(await remove('luat')).toMatchObject({ status: 409, body: { code: 'dialect.built_in' } });
    expect((await add({ id: 'luat' })).status).toBe(422);
  });
});

describe('a slot', () => {
  const setSlots = (stationId: string, dialect?: string) =>
    service.call('PUT', `/api/v1/stations/${stationId}/slots`, [
      { slot: 1, port: 'tcp://jig:1', dialect },
    ]);

  it('may name an own dialect, which then cannot be removed', async () => {
    const { stationId } = await makeStation(service);
    expect(await setSlots(stationId, 'named')).toMatchObject({
      status: 404,
      body: { code: 'dialect.unknown' },
    });
    await add({ id: 'named' });
    expect((await setSlots(stationId, 'named')).status).toBe(200);
    expect(await remove('named')).toMatchObject({
      status: 409,
      body: { code: 'dialect.in_use', data: { slots: [`${stationId} slot 1`] } },
    });
    await setSlots(stationId);
    expect((await remove('named')).status).toBe(204);
  });

  it('never names a dialect that was removed at the same moment', async () => {
    const { stationId } = await makeStation(service);
    for (let round = 0; round < 10; round += 1) {
      await add({ id: 'raced' });
      const [set, removed] = await Promise.all([setSlots(stationId, 'raced'), remove('raced')]);
      expect([set.status, removed.status]).toEqual(set.status === 200 ? [200, 409] : [404, 204]);
      await setSlots(stationId);
    }
  });

  it('runs in an own dialect, and own dialects take part in finding out what a module is', async () => {
    const simulator = await startSimulator({ slots: 2, bootMs: 20, isChunked: true });
    try {
      await add({ id: 'acme-nt35e' });
      const station = await makeStation(service, portsOf(simulator));
      const [named, unnamed] = portsOf(simulator);
      await service.call('PUT', `/api/v1/stations/${station.stationId}/slots`, [
        { slot: 1, port: named, dialect: 'acme-nt35e' },
        { slot: 2, port: unnamed },
      ]);
      const { productKey } = await makeProduct(service);
      const { orderId } = await makeOrder(service, productKey, { quantity: 2 });
      const run = await runToEnd(service, station, { orderId });
      expect(run.slots).toMatchObject([
        { dialect: 'acme-nt35e', outcome: 'PASS', isVolatile: false },
        { outcome: 'ERROR', reason: 'dialect_ambiguous' },
      ]);
      expect(simulator.modules[0]?.triple?.deviceName).toBe(run.slots[0]?.deviceName);
    } finally {
      await simulator.close();
    }
  });
});
