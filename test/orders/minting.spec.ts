import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(async () => {
  await service.stop();
});

const look = {
  name: 'test.look',
  text: `SELECT d.id FROM unnest($1::integer[], $2::text[]) w (product_id, name)
    JOIN device d ON d.product_id = w.product_id AND d.name = w.name`,
};

/** One connection, as the pool of a service keeps it, and what its statements read. */
async function openLooker(): Promise<{
  look(productId: number, name: string): Promise<{ found: number; read: number }>;
  analyse(): Promise<unknown>;
  close(): Promise<void>;
}> {
  const runner = service.database.dataSource.createQueryRunner();
  const client = (await runner.connect()) as { query(q: object): Promise<{ rows: object[] }> };
  const read = async (): Promise<number> => {
    const [stats] = await rows<{ read: number }>(
      runner.manager,
      `SELECT seq_tup_read::integer AS read FROM pg_stat_xact_user_tables WHERE relname = 'device'`,
    );
    return stats?.read ?? 0;
  };
  return {
    look: async (productId, name) => {
      await runner.startTransaction();
      const before = await read();
      const found = await client.query({ ...look, values: [[productId], [name]] });
      const after = await read();
      await runner.commitTransaction();
      return { found: found.rows.length, read: after - before };
    },
    analyse: () => runner.query('ANALYZE device'),
    close: () => runner.release(),
  };
}

describe('a large order', () => {
  it('has kept plans made anew, so that nobody goes on reading the whole table', async () => {
    const { productKey } = await makeProduct(service);
    const { manager } = service.database.dataSource;
    const [product] = await rows<{ id: number }>(manager, 'SELECT id FROM product');
    const id = product?.id ?? 0;
    const looker = await openLooker();
    try {
      await makeOrder(service, productKey, { quantity: 8, prefix: 'few_' });
      await looker.analyse(); // as autovacuum does
      for (let times = 0; times < 8; times += 1) await looker.look(id, 'few_000001');
      expect(await looker.look(id, 'few_000001')).toEqual({ found: 1, read: 8 });
      await makeOrder(service, productKey, { quantity: 5000, prefix: 'many_' });
      expect(await looker.look(id, 'many_004999')).toEqual({ found: 1, read: 0 });
    } finally {
      await looker.close();
    }
  });
});
