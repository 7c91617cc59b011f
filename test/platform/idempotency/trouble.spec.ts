import { randomUUID } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../../src/platform/database/query.js';
import { JobRunner } from '../../../src/platform/jobs/job-runner.js';
import { isReplay, keyedCaller } from '../../support/keyed.js';
import type { Keyed, SendKeyed } from '../../support/keyed.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

let service: TestService;
let send: SendKeyed;
let path: string;
let productKey: string;
beforeAll(async () => {
  service = await startTestService();
  send = keyedCaller(service.service.urls.http);
  ({ productKey } = await makeProduct(service));
  path = `/api/v1/products/${productKey}`;
});
afterAll(async () => {
  await service.stop();
});

function rename(): Keyed & { readonly body: { readonly name: string } } {
  return { method: 'PATCH', path, body: { name: randomUUID() }, key: randomUUID() };
}

/** Holds the row that the deed needs, so that the deed stands still in the middle. */
async function holdProduct(): Promise<QueryRunner> {
  const runner = service.database.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('SELECT id FROM product WHERE product_key = $1 FOR UPDATE', [productKey]);
  return runner;
}

async function letGo(runner: QueryRunner): Promise<void> {
  await runner.rollbackTransaction();
  await runner.release();
}

/** Waits until a connection waits for a lock of a kind; answers its process. */
async function waiting(event: 'transactionid' | 'advisory'): Promise<number> {
  for (;;) {
    const [found] = await rows<{ pid: number }>(
      service.database.dataSource,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1`,
      [event],
    );
    if (found) return found.pid;
  }
}

async function changes(name: string): Promise<number> {
  const found = await rows(
    service.database.dataSource,
    `SELECT id FROM audit_event WHERE action = 'product.changed' AND detail ->> 'name' = $1`,
    [name],
  );
  return found.length;
}

describe('a repeat while the first request still runs', () => {
  it('is told to come again, and is replayed when the first is done', async () => {
    const request = rename();
    const held = await holdProduct();
    const first = send(request);
    await waiting('transactionid');
    const early = await send<{ code: string; retryable: boolean }>(request);
    expect([early.status, early.body.code]).toEqual([409, 'idempotency.in_progress']);
    expect([early.body.retryable, early.headers.get('retry-after')]).toEqual([true, '1']);
    await letGo(held);
    expect((await first).status).toBe(200);
    expect(isReplay(await send(request))).toBe(true);
    expect(await changes(request.body.name)).toBe(1);
  });
});

describe('when the database ends the first request in the middle', () => {
  it('the second does the work, and both were told the truth', async () => {
    const request = rename();
    const held = await holdProduct();
    const first = send<{ code: string }>(request);
    const pid = await waiting('transactionid');
    const second = send(request);
    await waiting('advisory');
    await rows(service.database.dataSource, 'SELECT pg_terminate_backend($1)', [pid]);
    const refused = await first;
    expect([refused.status, refused.body.code]).toEqual([503, 'database.away']);
    expect(refused.headers.get('retry-after')).toBe('1');
    await letGo(held);
    const done = await second;
    expect([done.status, isReplay(done)]).toEqual([200, false]);
    expect(isReplay(await send(request))).toBe(true);
    expect(await changes(request.body.name)).toBe(1);
  });
});

describe('requests that were done long ago', () => {
  const kept = async (): Promise<string[]> => {
    const found = await rows<{ key: string }>(
      service.database.dataSource,
      `SELECT key FROM idempotent_request WHERE key LIKE 'old %' OR key LIKE 'young %' ORDER BY key`,
    );
    return found.map(({ key }) => key);
  };

  it('are removed after seven days, in pieces, and no others', async () => {
    await rows(
      service.database.dataSource,
      `INSERT INTO idempotent_request (api_key_id, key, fingerprint, status, created_at)
       SELECT 1, 'old ' || n, sha256('x'), 200, now() - interval '7 days 1 second'
         FROM generate_series(1, 1200) n
       UNION ALL SELECT 1, 'young 1', sha256('x'), 200, now() - interval '6 days 23 hours'`,
    );
    service.service.app.get(JobRunner).wake();
    while ((await kept()).length > 1) await new Promise(setImmediate);
    expect(await kept()).toEqual(['young 1']);
  });
});

describe('the table of requests', () => {
  it.each([
    ['an answer that is no success', `'k', sha256('x'), 500, NULL, NULL`, 'status_check'],
    ['an empty key', `'', sha256('x'), 200, NULL, NULL`, 'key_check'],
    ['a fingerprint that is none', `'k', 'x', 200, NULL, NULL`, 'fingerprint_check'],
    ['secrets without an answer', `'k', sha256('x'), 200, NULL, '[]'`, 'body_holes_check'],
  ])('refuses %s', async (_, values, constraint) => {
    const insert = rows(
      service.database.dataSource,
      `INSERT INTO idempotent_request (api_key_id, key, fingerprint, status, body, holes)
       VALUES (1, ${values})`,
    );
    await expect(insert).rejects.toMatchObject({
      driverError: { constraint: `idempotent_request_${constraint}` },
    });
  });
});
