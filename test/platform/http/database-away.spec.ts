import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOnServer } from '../../support/database.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { Answer, TestService } from '../../support/service.js';
import { expectProblem } from './problem.js';

let service: TestService;
let databaseName: string;
beforeAll(async () => {
  service = await startTestService();
  databaseName = new URL(service.database.url.expose()).pathname.slice(1);
});
afterAll(async () => {
  await letIn(true);
  await service.stop();
});

async function letIn(isOpen: boolean): Promise<void> {
  await runOnServer(`ALTER DATABASE ${databaseName} ALLOW_CONNECTIONS ${isOpen}`);
}

/** Takes the database away: every connection is cut and no new one is let in. */
async function takeAway(): Promise<void> {
  await letIn(false);
  await runOnServer('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    databaseName,
  ]);
}

function refusalOf({ status, headers, text }: Answer<unknown>) {
  const contentType = headers.get('content-type') ?? '';
  return { status, contentType, retryAfter: headers.get('retry-after'), text };
}

it('an absent database is told as 503 with Retry-After, and all is well when it is back', async () => {
  const { call } = service;
  const { productKey } = await makeProduct(service);
  const away = { status: 503, code: 'database.away' } as const;

  await takeAway();
  const before = performance.now();
  const answers = await Promise.all([
    ...Array.from({ length: 40 }, () => call('GET', `/api/v1/products/${productKey}`)),
    call('POST', '/api/v1/products', { name: 'not now' }),
    call('PATCH', `/api/v1/products/${productKey}`, { name: 'not now' }),
    call('GET', '/api/v1/products', undefined, `tm_${randomUUID()}`), // a key it must look up
    call('GET', '/health/ready'),
  ]);
  expect(performance.now() - before).toBeLessThan(2500);
  for (const answer of answers) expectProblem(refusalOf(answer), away);
  expect((await call('GET', '/health/live')).status).toBe(200);

  await letIn(true);
  await expect.poll(async () => (await call('GET', '/health/ready')).status).toBe(200);
  const { body } = await call('GET', `/api/v1/products/${productKey}`);
  expect(body).toMatchObject({ productKey, name: 'test product' });
  expect((await call('POST', '/api/v1/products', { name: 'now' })).status).toBe(201);
});

it('connections that were cut while nobody used them are not noticed by anybody', async () => {
  for (let round = 0; round < 3; round += 1) {
    await runOnServer('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      databaseName,
    ]);
    await expect.poll(async () => (await service.call('GET', '/health/ready')).status).toBe(200);
    const asked = Array.from({ length: 20 }, () => service.call('GET', '/api/v1/products'));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
});
