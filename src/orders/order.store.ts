import { Injectable } from '@nestjs/common';
import type { OrderCount, OrderKind, OrderState, Proof, Provisioning } from '../core/lifecycle.js';
import type { MintedNaming, Naming } from '../core/naming.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** An order with its counters. */
export interface OrderRow extends OrderCount {
  readonly id: number;
  readonly productKey: string;
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly quantity: number;
  readonly naming: Naming;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  /** Shape: patterns in which `*` stands for anything; none lets every firmware pass. */
  readonly firmware: readonly string[];
  readonly expiresAt: Date | null;
  readonly heldAt: Date | null;
  readonly stationIds: readonly number[];
  readonly stale: number;
  readonly note: string | null;
  readonly refusal: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
}

/** What an order is placed with. */
export interface NewOrder {
  readonly kind: Exclude<OrderKind, 'standing'>;
  readonly productId: number;
  readonly quantity: number;
  readonly quota: number;
  readonly naming: MintedNaming;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  readonly firmware: readonly string[];
  readonly expiresAt: Date | null;
  readonly stationIds: readonly number[];
  readonly note: string | null;
}

const select = `SELECT o.id, p.product_key AS "productKey", o.kind, o.state, o.quantity, o.naming,
    o.provisioning, o.accept_volatile AS "acceptVolatile",
    o.accept_proofs AS "acceptProofs", o.firmware, o.expires_at AS "expiresAt", o.held_at AS "heldAt", o.note,
    o.refusal, o.created_at AS "createdAt", c.quota, c.minted, c.free, c.leased, c.failed,
    c.confirmed, c.issued, c.void, c.shown, c.activated,
    (SELECT count(*)::integer FROM claim l
      WHERE l.order_id = o.id AND l.state = 'leased' AND l.lease_until < now()) AS stale,
    array(SELECT s.station_id FROM order_station s WHERE s.order_id = o.id ORDER BY 1)
      AS "stationIds"
  FROM production_order o JOIN product p ON p.id = o.product_id
    JOIN order_count c ON c.order_id = o.id`;

/** Production orders in PostgreSQL. */
@Injectable()
export class OrderStore {
  /** Takes the next number, so that the key of the order can be bound to it. */
  async nextId(tx: Tx): Promise<number> {
    const [row] = await rows<{ id: number }>(
      tx,
      `SELECT nextval(pg_get_serial_sequence('production_order', 'id'))::integer AS id`,
      [],
    );
    return row?.id ?? 0;
  }

  /** Inserts an order that is to be minted, or one that is refused at once. */
  async insert(
    tx: Tx,
    id: number,
    order: NewOrder,
    orderKeySealed: Buffer,
    refusal: Readonly<Record<string, unknown>> | null = null,
  ): Promise<void> {
    await rows(
      tx,
      `INSERT INTO production_order (id, product_id, state, quantity, naming, provisioning,
         accept_volatile, accept_proofs, firmware, order_key_sealed, expires_at, note, kind, refusal)
       VALUES ($1, $2, CASE WHEN $13::jsonb IS NULL THEN 'minting' ELSE 'refused' END, $3, $4, $5,
         $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        id,
        order.productId,
        order.quantity,
        JSON.stringify(order.naming),
        order.provisioning,
        order.acceptVolatile,
        order.acceptProofs,
        order.firmware,
        orderKeySealed,
        order.expiresAt,
        order.note,
        order.kind,
        refusal && JSON.stringify(refusal),
      ],
    );
    await rows(tx, 'INSERT INTO order_count (order_id, quota) VALUES ($1, $2)', [id, order.quota]);
    await rows(
      tx,
      'INSERT INTO order_station (order_id, station_id) SELECT $1, unnest($2::integer[])',
      [id, order.stationIds],
    );
  }

  async find(tx: Tx, id: number): Promise<OrderRow | undefined> {
    const [row] = await rows<OrderRow>(tx, `${select} WHERE o.id = $1`, [id]);
    return row;
  }

  /** Lists orders: all, or those that a station may use. */
  async list(
    tx: Tx,
    after: number,
    limit: number,
    stationId: number | null = null,
  ): Promise<OrderRow[]> {
    return await rows<OrderRow>(
      tx,
      `${select} WHERE o.id > $1 AND ($3::integer IS NULL
         OR NOT EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id)
         OR EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id AND s.station_id = $3))
       ORDER BY o.id LIMIT $2`,
      [after, limit, stationId],
    );
  }
}
