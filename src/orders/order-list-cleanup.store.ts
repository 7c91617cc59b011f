import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/**
 * Uploads that nobody works on any more: those whose order is no longer minting, and those without
 * an order that no row has come for. `$1` is that time in seconds.
 */
const left = `SELECT u.order_id AS id FROM order_upload u
    LEFT JOIN production_order o ON o.id = u.order_id
  WHERE CASE WHEN o.id IS NULL THEN u.touched_at < now() - make_interval(secs => $1)
    ELSE o.state <> 'minting' END`;

/** Removes what is left of uploads. */
@Injectable()
export class OrderListCleanupStore {
  async pending(tx: Tx, idleSeconds: number): Promise<number[]> {
    const found = await rows<{ readonly id: number }>(tx, `${left} ORDER BY 1`, [idleSeconds]);
    return found.map((row) => row.id);
  }

  /** Locks an upload if it is still left behind; nothing comes for it any more then. */
  async take(tx: Tx, orderId: number, idleSeconds: number): Promise<boolean> {
    const sql = `${left} AND u.order_id = $2 FOR UPDATE OF u`;
    if ((await rows(tx, sql, [idleSeconds, orderId])).length === 0) return false;
    await affected(tx, `UPDATE order_upload SET touched_at = '-infinity' WHERE order_id = $1`, [
      orderId,
    ]);
    return true;
  }

  /** Removes the first of the staged rows; answers how many that were. */
  async removeStaged(tx: Tx, orderId: number, most: number): Promise<number> {
    const sql = `DELETE FROM staged_device WHERE order_id = $1
      AND place < (SELECT min(place) FROM staged_device WHERE order_id = $1) + $2::integer`;
    return await affected(tx, sql, [orderId, most]);
  }

  /** Ends an upload; errors stay with the order that they refused. */
  async end(tx: Tx, orderId: number): Promise<void> {
    await affected(
      tx,
      `DELETE FROM order_row_error WHERE order_id = $1
         AND NOT EXISTS (SELECT FROM production_order WHERE id = $1)`,
      [orderId],
    );
    await affected(tx, 'DELETE FROM order_upload WHERE order_id = $1', [orderId]);
  }
}
