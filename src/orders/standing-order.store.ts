import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** What the counter of an order can hold: a standing order ends by its product's quota, if at all. */
const standingQuota = 2_147_483_647;

/** Standing orders in PostgreSQL. */
@Injectable()
export class StandingOrderStore {
  /** The standing order that is open; undefined when a product has none yet, or none any more. */
  async find(tx: Tx, productId: number): Promise<number | undefined> {
    const [row] = await rows<{ readonly id: number }>(
      tx,
      `SELECT id FROM production_order
       WHERE product_id = $1 AND kind = 'standing' AND state = 'open'`,
      [productId],
    );
    return row?.id;
  }

  /** Opens a standing order; false when somebody else was first. */
  async open(
    tx: Tx,
    order: { readonly id: number; readonly productId: number; readonly keySealed: Buffer },
  ): Promise<boolean> {
    const made = await affected(
      tx,
      `INSERT INTO production_order (id, product_id, kind, state, quantity, naming, provisioning,
         accept_volatile, order_key_sealed)
       VALUES ($1, $2, 'standing', 'open', 0, '{"kind": "given"}', 'product-secret', false, $3)
       ON CONFLICT (product_id) WHERE kind = 'standing' AND state = 'open' DO NOTHING`,
      [order.id, order.productId, order.keySealed],
    );
    if (made === 0) return false;
    await affected(tx, 'INSERT INTO order_count (order_id, quota) VALUES ($1, $2)', [
      order.id,
      standingQuota,
    ]);
    return true;
  }

  /** Ends the standing order of a product; what registered under it stays. */
  async close(tx: Tx, productId: number): Promise<number | undefined> {
    const [row] = await rows<{ readonly id: number }>(
      tx,
      `WITH closed AS (UPDATE production_order SET state = 'closed'
         WHERE product_id = $1 AND kind = 'standing' AND state = 'open' RETURNING id)
       SELECT id FROM closed`,
      [productId],
    );
    return row?.id;
  }
}
