import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leastRandomLength, randomNames } from '../../src/core/naming.js';
import { mintChunk } from '../../src/orders/minting-chunk.js';
import { MintingChunkStore } from '../../src/orders/minting-chunk.store.js';
import { inTransaction } from '../../src/platform/database/transaction.js';
import { query } from '../broker/devices.js';
import { cutConnections } from '../support/database.js';
import { exportTriples, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import { ordersOf } from './files.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

async function place(
  quantity: number,
  naming: object,
): Promise<Answer<ShownOrder & { code: string; data: unknown }>> {
  const { productKey } = await makeProduct(service);
  return await service.call('POST', ordersOf(productKey), {
    quantity,
    naming: { kind: 'random', ...naming },
  });
}

describe('random names', () => {
  it('are prefix and characters that no reader takes for another, each once', async () => {
    const placed = await place(21_000, { prefix: 'TL-', length: 11 });
    const order = await waitUntilMinted(service, placed.body.orderId);
    expect(order).toMatchObject({ state: 'open', minted: 21_000, free: 21_000 });
    const names = [...(await exportTriples(service, order.orderId)).keys()];
    expect(new Set(names).size).toBe(21_000);
    expect(names.filter((name) => !/^TL-[0-9a-hjkmnp-tv-z]{11}$/.test(name))).toEqual([]);
    // Neighbours tell nothing: in a sorted order every name would be greater than the one before.
    const greater = names.filter((name, index) => name > (names[index - 1] ?? '')).length;
    expect(greater).toBeGreaterThan(9_500);
    expect(greater).toBeLessThan(11_500);
  });

  it('use every character in every place alike', () => {
    const count = 64_000;
    const naming = { kind: 'random', prefix: '', length: 4 } as const;
    const names = randomNames(naming, count, randomBytes(count * 4));
    for (let place = 0; place < 4; place += 1) {
      const seen = new Map<string, number>();
      for (const name of names) {
        const character = name.charAt(place);
        seen.set(character, (seen.get(character) ?? 0) + 1);
      }
      expect(seen.size).toBe(32);
      // 2000 of each are expected; seven standard deviations are 308.
      for (const times of seen.values()) expect(Math.abs(times - 2000)).toBeLessThan(308);
    }
  });

  it.each([
    [1, 7, 8],
    [1_000, 9, 10],
    [1_000_000, 11, 12],
    [10_000_000, 12, 13],
  ])(
    'for %i devices of %i characters could be guessed: %i are needed',
    async (quantity, length, leastLength) => {
      expect(leastRandomLength(quantity)).toBe(leastLength);
      expect(await place(quantity, { length })).toMatchObject({
        status: 422,
        body: { code: 'order.names_guessable', data: { leastLength } },
      });
    },
  );

  it.each([
    ['with a prefix that breaks the rules', { prefix: 'bad name ', length: 12 }],
    ['that are too long as a whole', { prefix: 'x'.repeat(21), length: 12 }],
  ])('%s are refused', async (_, naming) => {
    expect(await place(2, naming)).toMatchObject({
      status: 422,
      body: { code: 'order.names_invalid' },
    });
  });

  it('go on where they were when every connection is cut while they are minted', async () => {
    const { body } = await place(45_000, { length: 12 });
    await expect
      .poll(async () => await mintedOf(body.orderId), { interval: 5, timeout: 20_000 })
      .toBeGreaterThan(0);
    await cutConnections(service.database);
    const order = await waitUntilMinted(service, body.orderId);
    expect(order).toMatchObject({ state: 'open', minted: 45_000, free: 45_000 });
    expect((await exportTriples(service, order.orderId)).size).toBe(45_000);
    // Exports and claims look for devices between these two.
    const [bounds] = await query(
      service,
      `SELECT o.first_device_id = min(d.id) AS first, o.last_device_id = max(d.id) AS last
       FROM production_order o JOIN device d ON d.order_id = o.id WHERE o.id = $1
       GROUP BY o.id`,
      [Number(order.orderId.slice(4))],
    );
    expect(bounds).toEqual({ first: true, last: true });
  });

  async function mintedOf(orderId: string): Promise<number> {
    const sql = 'SELECT minted FROM order_count WHERE order_id = $1';
    const [row] = await query<{ minted: number }>(service, sql, [Number(orderId.slice(4))]);
    return row?.minted ?? 0;
  }

  it('that meet each other, or names that exist, are drawn again', async () => {
    const { body } = await place(1, { length: 12 });
    const order = await waitUntilMinted(service, body.orderId);
    const orderId = Number(order.orderId.slice(4));
    const [product] = await query<{ id: number }>(
      service,
      'SELECT product_id AS id FROM production_order WHERE id = $1',
      [orderId],
    );
    const naming = { kind: 'random', prefix: 'again-', length: 12 } as const;
    const wish = { orderId, productId: product?.id ?? 0, naming, from: 0, to: 5 };
    let draws = 0;
    // The first two draws give one name only, over and over.
    const draw = (sizeBytes: number): Uint8Array =>
      (draws += 1) <= 2 ? new Uint8Array(sizeBytes) : randomBytes(sizeBytes);
    const minted = await inTransaction(service.database.dataSource, (tx) =>
      mintChunk(service.service.app.get(MintingChunkStore), tx, wish, draw),
    );
    expect(draws).toBe(3);
    expect(minted).toBe(5);
    const devices = await query<{ name: string }>(
      service,
      `SELECT name FROM device WHERE order_id = $1 AND name LIKE 'again-%' ORDER BY id`,
      [orderId],
    );
    expect(devices).toHaveLength(5);
    expect(devices.at(0)).toEqual({ name: 'again-000000000000' });
  });
});
