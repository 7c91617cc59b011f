import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { openRegistrar, requestOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
});

afterAll(async () => {
  await registrar.close();
});

describe('trouble with the database', () => {
  it('is told as database.away when the backend dies, and the next try works', async () => {
    const orderId = await registrar.makeOrder(product, 'kill-');
    const { dataSource } = registrar.test;
    const holder = dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`SELECT 1 FROM device WHERE name = 'kill-0001' FOR UPDATE`);
    const waiting = registrar.service.register(requestOf(product, 'kill-0001'));
    const caught = waiting.then(
      () => undefined,
      (error: unknown) => error,
    );
    await killWaiting();
    const error = await caught;
    await holder.rollbackTransaction();
    await holder.release();
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'database.away' });
    expect((await registrar.count(orderId)).issued).toBe(0);
    const again = await registrar.service.register(requestOf(product, 'kill-0001'));
    expect(again.kind).toBe('granted');
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 9, issued: 1, shown: 1 });
  });

  /** Ends the backend that waits for the held row, as soon as it waits. */
  async function killWaiting(): Promise<void> {
    for (;;) {
      const killed = await registrar.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE '%unnest($1::integer[]%' AND pid <> pg_backend_pid()`,
      );
      if (killed.length > 0) return;
    }
  }
});
