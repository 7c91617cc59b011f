import { Injectable } from '@nestjs/common';
import type { MintedNaming } from '../core/naming.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** How far the minting of an order has come. */
export interface MintingCursor {
  readonly productId: number;
  readonly productKey: string;
  readonly quantity: number;
  readonly naming: MintedNaming;
  readonly minted: number;
}

/** Mints the devices of an order. */
@Injectable()
export class MintingStore {
  async pendingOrders(tx: Tx): Promise<number[]> {
    const found = await rows<{ id: number }>(
      tx,
      `SELECT id FROM production_order WHERE state = 'minting' ORDER BY id`,
      [],
    );
    return found.map((row) => row.id);
  }

  async cursor(tx: Tx, orderId: number): Promise<MintingCursor | undefined> {
    const [row] = await rows<MintingCursor>(
      tx,
      `SELECT o.product_id AS "productId", p.product_key AS "productKey", o.quantity, o.naming,
         c.minted
       FROM production_order o JOIN order_count c ON c.order_id = o.id
         JOIN product p ON p.id = o.product_id
       WHERE o.id = $1 AND o.state = 'minting'`,
      [orderId],
    );
    return row;
  }

  /** Moves the cursor from where it was; false when another process has moved it. */
  async advance(tx: Tx, orderId: number, from: number, minted: number): Promise<boolean> {
    const sql = `UPDATE order_count SET minted = minted + $3, free = free + $3
      WHERE order_id = $1 AND minted = $2`;
    if ((await affected(tx, sql, [orderId, from, minted])) !== 1) return false;
    await affected(
      tx,
      `UPDATE production_order SET first_device_id = coalesce(first_device_id, ${freeDevice('')}),
         last_device_id = ${freeDevice('DESC')} WHERE id = $1`,
      [orderId],
    );
    return true;
  }

  /**
   * Lets the transaction commit without waiting for the disk.
   *
   * The commits of a crash that it may cost are the last ones, rows and cursor together, and
   * nobody was told of them: they are minted again. One that waits takes those before it along.
   */
  async commitLazily(tx: Tx): Promise<void> {
    await rows(tx, `SELECT set_config('synchronous_commit', 'off', true)`, []);
  }

  /**
   * Tells the planner how many devices there are now.
   *
   * A connection keeps the plan of a prepared statement until it hears of new statistics; one that
   * was made for a nearly empty table reads all of it, and autovacuum comes by once a minute.
   */
  async analyse(tx: Tx): Promise<void> {
    await affected(tx, 'ANALYZE device, given_secret');
  }

  async open(tx: Tx, orderId: number): Promise<boolean> {
    const sql = `UPDATE production_order SET state = 'open' WHERE id = $1 AND state = 'minting'`;
    return (await affected(tx, sql, [orderId])) === 1;
  }

  /**
   * Ends an order that is minting; what it minted so far is void and was never shown.
   *
   * Shape: how many that were; undefined when the order is not minting.
   */
  async end(
    tx: Tx,
    orderId: number,
    state: 'refused' | 'aborted',
    refusal: Readonly<Record<string, unknown>> | null = null,
  ): Promise<number | undefined> {
    const sql = `UPDATE production_order SET state = $2, refusal = $3
      WHERE id = $1 AND state = 'minting'`;
    const values = [orderId, state, refusal && JSON.stringify(refusal)];
    if ((await affected(tx, sql, values)) !== 1) return undefined;
    const voided = await affected(
      tx,
      `UPDATE device d SET state = 'void' FROM production_order o
       WHERE o.id = $1 AND d.order_id = o.id AND d.id BETWEEN o.first_device_id AND o.last_device_id`,
      [orderId],
    );
    await affected(tx, 'UPDATE order_count SET void = free, free = 0 WHERE order_id = $1', [
      orderId,
    ]);
    return voided;
  }
}

/** The first or last device of an order that is minting: none of it has left the state `free`. */
function freeDevice(direction: '' | 'DESC'): string {
  return `(SELECT v.id FROM device v WHERE v.state = 'free'
    AND (v.order_id, v.id) > ($1, 0) AND (v.order_id, v.id) < ($1 + 1, 0)
    ORDER BY v.order_id ${direction}, v.id ${direction} LIMIT 1)`;
}
