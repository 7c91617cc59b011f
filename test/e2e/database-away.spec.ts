import { chmod, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { Relay } from '../platform/database/relay.js';
import { freshImei, makeBench } from '../stations/bench.js';
import type { Bench } from '../stations/bench.js';
import { makeDataDir } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { postmasterPid } from '../support/cluster.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';

interface Refusal {
  readonly code?: string;
  readonly retryable?: boolean;
}

describe('while the database hangs', () => {
  let database: TestDatabase;
  let relay: Relay;
  let service: TestService;
  let bench: Bench;
  let orderId: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    relay = await Relay.open(database.url);
    service = await startTestService({ DATABASE_URL: relay.url.expose() });
    bench = await makeBench(service);
    const { productKey } = await makeProduct(service);
    ({ orderId } = await makeOrder(service, productKey, { quantity: 100 }));
  });
  afterAll(async () => {
    await service.stop();
    await relay.close();
    await database.drop();
  });

  const calls = (): Promise<Answer<unknown>>[] => [
    service.call('GET', '/api/v1/orders'),
    service.call('POST', '/api/v1/products', { name: 'late' }),
    service.call('GET', '/health/ready'),
    ...Array.from({ length: 20 }, () => bench.claim(orderId, { imei: freshImei() })),
  ];

  it('every request is answered 503 with Retry-After in about a second, and work resumes', async () => {
    relay.freeze();
    const startedAt = performance.now();
    const answers = await Promise.all(calls());
    // A second, and another for a machine that has much else to do.
    expect(performance.now() - startedAt).toBeLessThan(2000);
    for (const { status, headers, body } of answers) {
      expect([status, (body as Refusal).code]).toEqual([503, 'database.away']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect((body as Refusal).retryable).toBe(true);
    }
    expect((await service.call('GET', '/health/live')).status).toBe(200);
    relay.revive();
    await expect
      .poll(async () => (await service.call('GET', '/health/ready')).status, { timeout: 10_000 })
      .toBe(200);
    expect((await bench.claim(orderId, { imei: freshImei() })).status).toBe(201);
  });
});

describe('when the embedded database is killed', () => {
  let dataDir: string;
  let service: BuiltService;
  beforeAll(async () => {
    dataDir = await makeDataDir('away');
    await chmod(dataDir, 0o711);
    service = await startBuiltService(dataDir);
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await removeEmbeddedPostgres(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('the service starts it again, and goes on minting where the last commit was', async () => {
    const { body: product } = await service.call<{ productKey: string }>(
      'POST',
      '/api/v1/products',
      { name: 'killed database' },
    );
    const { body: order } = await service.call<ShownOrder>(
      'POST',
      `/api/v1/products/${product.productKey}/orders`,
      { quantity: 200_000, naming: { kind: 'sequence', prefix: 'kill_', width: 8 } },
    );
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    const path = `/api/v1/orders/${order.orderId}`;
    const answer = await service.call<ShownOrder & Refusal>('GET', path);
    expect([200, 503]).toContain(answer.status);
    await expect
      .poll(async () => (await service.call('GET', '/health/ready')).status, { timeout: 20_000 })
      .toBe(200);
    const minted = await waitUntilMinted(service, order.orderId);
    expect(minted).toMatchObject({ state: 'open', minted: 200_000, free: 200_000 });
  });
});
