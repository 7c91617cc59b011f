import { Injectable } from '@nestjs/common';
import type { OrderKind, OrderState } from '../core/lifecycle.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** An order under lock, with what may be changed of it. */
export interface LockedOrder extends ChangeableOrder {
  readonly id: number;
  readonly productKey: string;
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly quantity: number;
  readonly shown: number;
}

/** What of an order may be changed after it was placed. */
export interface ChangeableOrder {
  readonly quota: number;
  readonly expiresAt: Date | null;
  readonly firmware: readonly string[];
  readonly stationIds: readonly number[];
  readonly note: string | null;
}

/** Changes and ends orders; the row of the counters is locked last, as by every writer. */
@Injectable()
export class OrderLifeStore {
  async lock(tx: Tx, id: number): Promise<LockedOrder | undefined> {
    const held = await rows(tx, 'SELECT FROM production_order WHERE id = $1 FOR UPDATE', [id]);
    if (held.length === 0) return undefined;
    const [row] = await rows<LockedOrder>(
      tx,
      `SELECT o.id, p.product_key AS "productKey", o.kind, o.state, o.quantity, c.quota, c.shown,
         o.expires_at AS "expiresAt", o.firmware, o.note,
         array(SELECT s.station_id FROM order_station s WHERE s.order_id = o.id ORDER BY 1)
           AS "stationIds"
       FROM production_order o JOIN product p ON p.id = o.product_id
         JOIN order_count c ON c.order_id = o.id
       WHERE o.id = $1 FOR UPDATE OF c`,
      [id],
    );
    return row;
  }

  async change(tx: Tx, id: number, order: ChangeableOrder): Promise<void> {
    const { quota, expiresAt, firmware, stationIds, note } = order;
    await affected(
      tx,
      `UPDATE production_order SET expires_at = $2, firmware = $3, note = $4 WHERE id = $1`,
      [id, expiresAt, firmware, note],
    );
    await affected(tx, 'DELETE FROM order_station WHERE order_id = $1', [id]);
    await affected(
      tx,
      'INSERT INTO order_station (order_id, station_id) SELECT $1, unnest($2::integer[])',
      [id, stationIds],
    );
    await affected(tx, 'UPDATE order_count SET quota = $2 WHERE order_id = $1', [id, quota]);
  }

  async close(tx: Tx, id: number): Promise<void> {
    await affected(tx, `UPDATE production_order SET state = 'closed' WHERE id = $1`, [id]);
  }
}
