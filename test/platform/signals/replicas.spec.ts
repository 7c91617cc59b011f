import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProductDirectory } from '../../../src/products/product-directory.js';
import { runOnServer } from '../../support/database.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

let one: TestService;
let other: TestService;
beforeAll(async () => {
  one = await startTestService();
  other = await startTestService({
    DATABASE_URL: one.database.url.expose(),
    MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
  });
});
afterAll(async () => {
  await other.stop();
  await one.stop();
});

/** What another process knows of a product, without asking the database. */
function known(productKey: string) {
  return other.service.app.get(ProductDirectory).find(productKey);
}

const soon = { timeout: 1000, interval: 10 };

describe('two services on one database', () => {
  it('know a product that was made at the other within a second, its secret included', async () => {
    const { productKey, productSecret } = await makeProduct(one);
    await expect.poll(() => known(productKey)?.secret.expose(), soon).toBe(productSecret);
  });

  it('know a changed policy and changed topics within a second', async () => {
    const { productKey } = await makeProduct(one, { mode: 'off' });
    await expect.poll(() => known(productKey)?.policy.mode, soon).toBe('off');
    const path = `/api/v1/products/${productKey}`;
    await one.call('PATCH', path, { registration: { mode: 'preregistered' } });
    await expect.poll(() => known(productKey)?.policy.mode, soon).toBe('preregistered');
    await one.call('POST', `${path}/topics`, { name: 'extra', operation: 'ALL' });
    await expect
      .poll(() => known(productKey)?.topics.map(({ name }) => name), soon)
      .toContain('extra');
    await one.call('DELETE', `${path}/topics?name=extra`);
    await expect.poll(() => known(productKey)?.topics, soon).toHaveLength(3);
  });

  it('keep the newest of changes that were made at both at once', async () => {
    const { productKey } = await makeProduct(one);
    const path = `/api/v1/products/${productKey}/topics`;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const at = index % 2 === 0 ? one : other;
        return at.call('POST', path, { name: `t${index}`, operation: 'PUB' });
      }),
    );
    for (const { service } of [one, other]) {
      const directory = service.app.get(ProductDirectory);
      await expect.poll(() => directory.find(productKey)?.topics.length, soon).toBe(23);
    }
  });

  it('catch up with what changed while the signals were cut off', async () => {
    const { productKey } = await makeProduct(one, { mode: 'off' });
    await expect.poll(() => known(productKey)?.policy.mode, soon).toBe('off');
    const name = new URL(one.database.url.expose()).pathname.slice(1);
    await runOnServer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = $1 AND application_name = 'triplemint signals'`,
      [name],
    );
    await one.call('PATCH', `/api/v1/products/${productKey}`, {
      registration: { mode: 'preregistered' },
    });
    await expect
      .poll(() => known(productKey)?.policy.mode, { timeout: 5000, interval: 10 })
      .toBe('preregistered');
  });

  it('refuse a key that was revoked at the other within three seconds', async () => {
    const { body } = await one.call<{ key: string; keyId: string }>('POST', '/api/v1/keys', {
      name: 'shared',
    });
    const status = async () =>
      (await other.call('GET', '/api/v1/products', undefined, body.key)).status;
    expect(await status()).toBe(200);
    await one.call('DELETE', `/api/v1/keys/${body.keyId}`);
    await expect.poll(status, { timeout: 3000, interval: 50 }).toBe(401);
  });
});
