import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/database.js';
import type { Tx } from '../../src/platform/database/transaction.js';
import { KeyRing } from '../../src/platform/keys/key-ring.js';
import { Signals } from '../../src/platform/signals/signals.js';
import type { ProductWithTopics } from '../../src/products/product.js';
import { ProductDirectory } from '../../src/products/product-directory.js';
import { ProductStore } from '../../src/products/product.store.js';
import { makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

/** A store whose first answer is held back after it was read. */
class LateStore extends ProductStore {
  readings = 0;
  #letGo: () => void = () => undefined;
  readonly #held = new Promise<void>((resolve) => (this.#letGo = resolve));
  #wasRead: () => void = () => undefined;
  readonly firstRead = new Promise<void>((resolve) => (this.#wasRead = resolve));

  letGo(): void {
    this.#letGo();
  }

  override async withTopics(tx: Tx, productKey?: string): Promise<ProductWithTopics[]> {
    this.readings += 1;
    const isHeld = this.readings === 1;
    const found = await super.withTopics(tx, productKey);
    this.#wasRead();
    if (isHeld) await this.#held;
    return found;
  }
}

it('a reading that was overtaken does not bring an old policy back', async () => {
  const { productKey } = await makeProduct(service, { mode: 'preregistered' });
  const { app } = service.service;
  const store = new LateStore();
  const directory = new ProductDirectory(
    app.get(Database),
    store,
    app.get(KeyRing),
    app.get(Signals),
  );
  const overtaken = directory.reload(productKey);
  await store.firstRead;
  await service.call('PATCH', `/api/v1/products/${productKey}`, { registration: { mode: 'off' } });
  await directory.reload(productKey);
  expect(directory.find(productKey)?.policy.mode).toBe('off');
  store.letGo();
  await overtaken;
  expect(directory.find(productKey)?.policy.mode).toBe('off');
});

it('a product that nobody made is not looked for in the database', async () => {
  const { app } = service.service;
  const store = new LateStore();
  const directory = new ProductDirectory(
    app.get(Database),
    store,
    app.get(KeyRing),
    app.get(Signals),
  );
  expect(directory.find('a1Nobody000')).toBeUndefined();
  await makeProduct(service); // time enough for a query that should not be
  expect(store.readings).toBe(0);
});
