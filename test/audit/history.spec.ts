import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';

/** A row of the history. */
interface Row {
  readonly action: string;
  readonly actor: string;
  readonly address: string | null;
  readonly productKey: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

async function query<T extends object>(sql: string): Promise<T[]> {
  return await rows<T>(service.database.dataSource, sql);
}

async function lastId(): Promise<string> {
  const [row] = await query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM audit_event');
  return row?.id ?? '0';
}

/** The rows that a deed leaves in the history. */
async function writtenBy(deed: () => Promise<unknown>): Promise<Row[]> {
  const before = await lastId();
  await deed();
  return await query<Row>(
    `SELECT action, actor, address, product_key AS "productKey", detail
     FROM audit_event WHERE id > ${before} ORDER BY id`,
  );
}

/** Some rows come a moment after the answer, when its last byte has left. */
async function untilTold(action: string): Promise<void> {
  const told = `SELECT id FROM audit_event WHERE action = '${action}'`;
  while ((await query(told)).length === 0);
}

describe('the history', () => {
  it.each([
    ['changed', `UPDATE audit_event SET actor = 'nobody'`],
    ['changed in one row', `UPDATE audit_event SET detail = '{}' WHERE id = 1`],
    ['shortened', 'DELETE FROM audit_event WHERE id = 1'],
    ['emptied', 'DELETE FROM audit_event'],
    ['truncated', 'TRUNCATE audit_event'],
    ['truncated along with others', 'TRUNCATE audit_event, stranger_refusal CASCADE'],
    [
      'rewritten by an upsert',
      `INSERT INTO audit_event (id, action, actor) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x')
       ON CONFLICT (id) DO UPDATE SET actor = 'x'`,
    ],
    [
      'rewritten by a merge',
      `MERGE INTO audit_event USING (SELECT 1::bigint AS id) s ON audit_event.id = s.id
       WHEN MATCHED THEN DELETE`,
    ],
  ])('cannot be %s, not even by its owner', async (_, sql) => {
    const before = await query<Row>('SELECT * FROM audit_event ORDER BY id');
    expect(before.length).toBeGreaterThan(0);
    await expect(query(sql)).rejects.toMatchObject({ driverError: { code: '23001' } });
    expect(await query<Row>('SELECT * FROM audit_event ORDER BY id')).toEqual(before);
  });

  it('begins with the key that the first start made known', async () => {
    const [first] = await query<Row>('SELECT * FROM audit_event ORDER BY id LIMIT 1');
    expect(first).toMatchObject({ action: 'key.created', actor: 'system', address: null });
  });
});

describe('a deed', () => {
  const admin = { actor: 'key-1 (admin)', address: '127.0.0.1' };

  it('leaves exactly one row, with who, from where and what', async () => {
    const { productKey } = await makeProduct(service);
    const path = `/api/v1/products/${productKey}`;
    const { call } = service;
    const key = (await call<{ keyId: string }>('POST', '/api/v1/keys', { name: 'short' })).body;
    const station = (await call<{ stationId: string }>('POST', '/api/v1/stations', { name: 'one' }))
      .body;
    const topic = { name: 'extra', operation: 'PUB' };
    const registration = { mode: 'off' };
    const deeds: readonly [string, () => Promise<Answer<unknown>>, object][] = [
      ['product.created', () => call('POST', '/api/v1/products', { name: 'x' }), {}],
      ['product.changed', () => call('PATCH', path, { registration }), { policy: registration }],
      ['topic.set', () => call('POST', `${path}/topics`, topic), topic],
      ['topic.removed', () => call('DELETE', `${path}/topics?name=extra`), { name: 'extra' }],
      [
        'key.created',
        () => call('POST', '/api/v1/keys', { name: 'k' }),
        { name: 'k', role: 'admin' },
      ],
      ['key.revoked', () => call('DELETE', `/api/v1/keys/${key.keyId}`), { key: key.keyId }],
      [
        'station.slots_set',
        () => call('PUT', `/api/v1/stations/${station.stationId}/slots`, []),
        {},
      ],
    ];
    for (const [action, deed, detail] of deeds) {
      const written = await writtenBy(async () => {
        expect((await deed()).status, action).toBeLessThan(300);
      });
      expect(written, action).toMatchObject([{ action, ...admin, detail }]);
      const isOfProduct = /^(product\.changed|topic)/.test(action);
      if (isOfProduct) expect(written[0]?.productKey).toBe(productKey);
    }
  });

  it('of several steps tells each: an order is placed by its admin and opened by the system', async () => {
    const { productKey } = await makeProduct(service);
    let orderId = '';
    const minted = await writtenBy(async () => {
      ({ orderId } = await makeOrder(service, productKey, { quantity: 11_000, quota: 7 }));
    });
    expect(minted).toMatchObject([
      { action: 'order.created', ...admin, productKey, detail: { quantity: 11_000, quota: 7 } },
      { action: 'order.opened', actor: 'system', address: null, productKey },
    ]);
    const exported = await writtenBy(async () => {
      await service.call('GET', `/api/v1/orders/${orderId}/triples`);
      await untilTold('order.export_ended');
    });
    expect(exported).toMatchObject([
      { action: 'order.exported', ...admin, productKey },
      { action: 'order.export_ended', productKey },
    ]);
  });

  it('of enrolling a station names the station and its key', async () => {
    const written = await writtenBy(() =>
      service.call('POST', '/api/v1/stations', { name: 'two' }),
    );
    expect(written.map(({ action }) => action).sort()).toEqual(['key.created', 'station.created']);
    expect(written).toMatchObject([admin, admin]);
  });

  it('that is refused leaves none', async () => {
    const { productKey } = await makeProduct(service);
    const path = `/api/v1/products/${productKey}`;
    const { call } = service;
    const addTopic = (name: string) => call('POST', `${path}/topics`, { name, operation: 'PUB' });
    for (let index = 0; index < 47; index += 1) await addTopic(`t${index}`);
    const written = await writtenBy(async () => {
      const refused = await Promise.all([
        call('POST', '/api/v1/products', { name: 'again', productKey }),
        call('POST', '/api/v1/products', { name: '' }),
        call('PATCH', '/api/v1/products/nobody', { name: 'x' }),
        addTopic('one_too_many'),
        call('DELETE', `${path}/topics?name=none`),
        call('DELETE', '/api/v1/keys/key-999999'),
        call('POST', `${path}/orders`, {
          quantity: 1,
          naming: { kind: 'sequence', prefix: 'no ', width: 2 },
        }),
        call('POST', '/api/v1/products', { name: 'x' }, 'tm_an-unknown-key'),
      ]);
      expect(refused.filter(({ status }) => status < 400)).toEqual([]);
    });
    expect(written).toEqual([]);
  });

  it('by another key is told by that key', async () => {
    const { body } = await service.call<{ key: string; keyId: string }>('POST', '/api/v1/keys', {
      name: 'planner',
    });
    const [row] = await writtenBy(() =>
      service.call('POST', '/api/v1/products', { name: 'x' }, body.key),
    );
    expect(row?.actor).toBe(`${body.keyId} (admin)`);
  });
});
