import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProvenRefusal } from '../../src/audit/audit-event.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { RefusalCounter } from '../../src/audit/refusal-counter.js';
import { DomainError } from '../../src/core/errors.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { createLogger } from '../../src/platform/logger.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const noon = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number): Date => new Date(noon + seconds * 1000);
const active: ProvenRefusal = {
  action: 'registration.refused',
  productKey: 'a1Product',
  deviceName: 'unit_1',
  address: '192.0.2.1',
  protocol: 'aliyun-mqtt',
  reason: 'device_active',
};

let test: TestDatabase;
let seen: string;
let logged: Record<string, unknown>[];
beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  const [row] = await rows<{ id: string }>(
    test.dataSource,
    'SELECT coalesce(max(id), 0) AS id FROM audit_event',
  );
  seen = row?.id ?? '0';
  logged = [];
});
afterAll(async () => {
  await test.drop();
});

function makeCounter(database = new Database(test.dataSource)): RefusalCounter {
  const write = (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>);
  return new RefusalCounter(database, new AuditStore(), createLogger('info', { write }));
}

async function told(): Promise<Record<string, unknown>[]> {
  return await rows(
    test.dataSource,
    `SELECT action, actor, address, product_key AS "productKey", device_name AS "deviceName", detail
     FROM audit_event WHERE id > $1 ORDER BY id`,
    [seen],
  );
}

/** Shape: the counts in the history, in order. */
async function counts(): Promise<unknown[]> {
  return (await told()).map(({ detail }) => (detail as { count: number }).count);
}

describe('refusals of proven callers', () => {
  it('are told with who, from where, why and how often, in the history and in the log', async () => {
    const counter = makeCounter();
    for (let index = 0; index < 3; index += 1) counter.count(active, at(index));
    counter.count({ ...active, action: 'login.refused', reason: 'device_disabled' }, at(3));
    await counter.flush(noon + 4000);
    const { productKey, deviceName, address, protocol } = active;
    const row = { actor: 'device', address, productKey, deviceName };
    const minute = '2026-03-01T12:00:00.000Z';
    expect(await told()).toEqual([
      {
        ...row,
        action: 'registration.refused',
        detail: { protocol, reason: 'device_active', count: 3, minute },
      },
      {
        ...row,
        action: 'login.refused',
        detail: { protocol, reason: 'device_disabled', count: 1, minute },
      },
    ]);
    const line = { productKey, deviceName, address };
    expect(logged).toMatchObject([
      { event: 'registration.refused', ...line, reason: 'device_active', count: 3 },
      { event: 'login.refused', ...line, reason: 'device_disabled', count: 1 },
    ]);
  });

  it('are apart by product, device, address, protocol, reason and minute', async () => {
    const counter = makeCounter();
    const others: Partial<ProvenRefusal>[] = [
      {},
      { productKey: 'a1Other' },
      { deviceName: 'unit_2' },
      { address: '192.0.2.2' },
      { protocol: 'aliyun-https' },
      { reason: 'device_disabled' },
    ];
    for (const other of others) counter.count({ ...active, ...other }, at(1));
    counter.count(active, at(60));
    await counter.flush(noon + 61_000);
    expect(await counts()).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('make two rows a minute at most: one soon, one when the minute is over', async () => {
    const counter = makeCounter();
    for (let second = 0; second < 60; second += 1) {
      counter.count(active, at(second));
      if (second % 2 === 0) await counter.flush(noon + second * 1000);
    }
    expect(await counts()).toEqual([1]);
    await counter.flush(noon + 60_000);
    await counter.flush(noon + 62_000);
    expect(await counts()).toEqual([1, 59]);
  });

  it('are written when the service stops', async () => {
    const counter = makeCounter();
    counter.onModuleInit();
    counter.count(active);
    await counter.flush();
    counter.count(active);
    await counter.onApplicationShutdown();
    expect(await counts()).toEqual([1, 1]);
  });

  it('wait while the database is away, and none is lost', async () => {
    const database = new Database(test.dataSource);
    let isAway = true;
    const flaky = Object.create(database, {
      inTransaction: {
        value: async (work: never) => {
          if (isAway) throw new DomainError('database.away', 'away');
          return await database.inTransaction(work);
        },
      },
    }) as Database;
    const counter = makeCounter(flaky);
    counter.count(active, at(0));
    await counter.flush(noon + 1000);
    counter.count(active, at(2));
    await counter.flush(noon + 3000);
    expect(logged).toMatchObject([
      { event: 'audit.refusals_not_written', lost: 0 },
      { event: 'audit.refusals_not_written', lost: 0 },
    ]);
    isAway = false;
    await counter.flush(noon + 5000);
    expect(await counts()).toEqual([2]);
  });

  it('have a bound: past twenty thousand the rest is one crowd, and none is lost', async () => {
    const counter = makeCounter();
    for (let index = 0; index < 20_500; index += 1) {
      counter.count({ ...active, deviceName: `unit_${index}` }, at(0));
    }
    await counter.flush(noon + 1000);
    const all = await told();
    expect(all.length).toBe(20_001);
    expect(all.at(-1)).toMatchObject({ productKey: '*', detail: { reason: '*', count: 500 } });
    expect(logged.filter(({ event }) => event === 'registration.refused').length).toBeLessThan(200);
  });
});
