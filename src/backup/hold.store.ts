import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** An order that gives out nothing until an admin releases it. */
export interface HeldOrder {
  readonly id: number;
  readonly productId: number;
  readonly productKey: string;
  readonly heldAt: Date;
  readonly free: number;
  readonly note: string | null;
}

/** The orders that a restore holds, oldest first. */
export async function heldOrders(tx: Tx): Promise<HeldOrder[]> {
  return await rows<HeldOrder>(
    tx,
    `SELECT o.id, o.product_id AS "productId", p.product_key AS "productKey",
       o.held_at AS "heldAt", c.free, o.note
     FROM production_order o JOIN product p ON p.id = o.product_id
       JOIN order_count c ON c.order_id = o.id
     WHERE o.held_at IS NOT NULL ORDER BY o.id`,
  );
}

/** Lets an order give out triples again; false when it was not held. */
export async function release(tx: Tx, orderId: number): Promise<boolean> {
  const sql = 'UPDATE production_order SET held_at = NULL WHERE id = $1 AND held_at IS NOT NULL';
  return (await affected(tx, sql, [orderId])) === 1;
}

/** Names that no device of an order has. */
export async function unknownNames(
  tx: Tx,
  { id, productId }: Pick<HeldOrder, 'id' | 'productId'>,
  names: readonly string[],
): Promise<string[]> {
  const found = await rows<{ name: string }>(
    tx,
    `SELECT n.name FROM unnest($3::text[]) AS n (name) LEFT JOIN device d
       ON d.product_id = $2 AND d.name = n.name AND d.order_id = $1
     WHERE d.id IS NULL LIMIT 5`,
    [id, productId, names],
  );
  return found.map(({ name }) => name);
}

/**
 * Takes free devices for given out, by name, as if they had registered; answers how many.
 *
 * Shape: the history tells it of each, because what was shown before is in no history any more.
 * Devices are locked by id, then the counters of the order, as everywhere. Devices that the order knows as given out already are left as they are.
 * Errors: a broken `order_count_shown_check` when the quota of the order does not hold them.
 */
export async function issueNamed(
  tx: Tx,
  { id, productId, productKey }: Pick<HeldOrder, 'id' | 'productId' | 'productKey'>,
  names: readonly string[],
  actor: string,
): Promise<number> {
  const told = await rows(
    tx,
    `WITH held AS MATERIALIZED (
       SELECT d.id FROM unnest($3::text[]) AS n (name)
         JOIN device d ON d.product_id = $2 AND d.name = n.name
       WHERE d.order_id = $1 AND d.state = 'free' ORDER BY d.id FOR UPDATE OF d
     ), issued AS (
       UPDATE device d SET state = 'issued' FROM held WHERE d.id = held.id RETURNING d.id, d.name
     )
     INSERT INTO audit_event (action, actor, product_key, device_name, order_id, detail)
     SELECT 'device.given_out', $5::text, $4::text, name, $1, '{"known": "after a restore"}'::jsonb
     FROM issued ORDER BY id RETURNING id`,
    [id, productId, names, productKey, actor],
  );
  const moved = told.length;
  await affected(
    tx,
    `UPDATE order_count SET free = free - $2, issued = issued + $2, shown = shown + $2
     WHERE order_id = $1`,
    [id, moved],
  );
  return moved;
}
