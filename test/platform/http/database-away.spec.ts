import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cutConnections, giveBack, takeAway } from '../../support/database.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { Answer, TestService } from '../../support/service.js';
import { expectProblem } from './problem.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await giveBack(service.database);
  await service.stop();
});

function refusalOf({ status, headers, text }: Answer<unknown>) {
  const contentType = headers.get('content-type') ?? '';
  return { status, contentType, retryAfter: headers.get('retry-after'), text };
}

it('an absent database is told as 503 with Retry-After, and all is well when it is back', async () => {
  const { call } = service;
  const { productKey } = await makeProduct(service);
  const away = { status: 503, code: 'database.away' } as const;

  await takeAway(service.database);
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

  await giveBack(service.database);
  await expect.poll(async () => (await call('GET', '/health/ready')).status).toBe(200);
  const { body } = await call('GET', `/api/v1/products/${productKey}`);
  expect(body).toMatchObject({ productKey, name: 'test product' });
  expect((await call('POST', '/api/v1/products', { name: 'now' })).status).toBe(201);
});

it('connections that were cut while nobody used them are not noticed by anybody', async () => {
  for (let round = 0; round < 3; round += 1) {
    await cutConnections(service.database);
    await expect.poll(async () => (await service.call('GET', '/health/ready')).status).toBe(200);
    const asked = Array.from({ length: 20 }, () => service.call('GET', '/api/v1/products'));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
});
