import type { BenchDatabase } from '../server.js';

/** The name of the floors' own table. */
export const floorTable = 'floor.device';

/**
 * Makes an empty copy of the device table for a floor: columns, defaults, indexes and constraints.
 *
 * Shape: answers the id of an order and of a product that its rows may name. The order is no real
 * one; it stands there for the foreign key.
 */
export async function makeFloorTable(
  database: BenchDatabase,
): Promise<{ readonly orderId: number; readonly productId: number }> {
  await database.query('CREATE SCHEMA floor');
  await database.query(`CREATE TABLE ${floorTable} (LIKE device INCLUDING ALL)`);
  // What LIKE leaves out, taken from the table itself: the day it gains another one, so do we.
  const keys = await database.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = 'device'::regclass AND contype = 'f'`,
  );
  for (const { definition } of keys) {
    await database.query(`ALTER TABLE ${floorTable} ADD ${definition}`);
  }
  const [made] = await database.query<{ orderId: number; productId: number }>(
    `WITH p AS (
       INSERT INTO product (product_key, name, secret_sealed, registration_mode, allow_plaintext)
       VALUES ('floor', 'floor', '', 'off', false) RETURNING id)
     INSERT INTO production_order
       (product_id, state, quantity, naming, provisioning, accept_volatile, order_key_sealed)
     SELECT id, 'aborted', 1, '{}', 'product-secret', false, '' FROM p
     RETURNING id AS "orderId", product_id AS "productId"`,
  );
  if (!made) throw new Error('the floor has no order');
  return made;
}
