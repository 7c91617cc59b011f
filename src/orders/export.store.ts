import { Injectable } from '@nestjs/common';
import type { OrderKind, OrderState } from '../core/lifecycle.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** Where the devices of an order lie in the table. */
export interface ExportRange {
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly productKey: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** A device on its way out. */
export interface ExportedDevice {
  readonly id: number;
  readonly deviceName: string;
  readonly generation: number;
}

/** Reads an order by keyset pages: no long snapshot, so claims stay fast meanwhile. */
@Injectable()
export class ExportStore {
  async range(tx: Tx, orderId: number): Promise<ExportRange | undefined> {
    const [row] = await rows<ExportRange>(
      tx,
      `SELECT o.kind, o.state, p.product_key AS "productKey", c.minted - c.void AS count,
         coalesce(o.first_device_id, 1)::float8 AS first, coalesce(o.last_device_id, 0)::float8 AS last
       FROM production_order o JOIN product p ON p.id = o.product_id
         JOIN order_count c ON c.order_id = o.id WHERE o.id = $1`,
      [orderId],
    );
    return row;
  }

  async page(
    tx: Tx,
    orderId: number,
    after: number,
    last: number,
    limit: number,
  ): Promise<ExportedDevice[]> {
    return await rows<ExportedDevice>(
      tx,
      `SELECT id::float8 AS id, name AS "deviceName", generation FROM device
       WHERE order_id = $1 AND id > $2 AND id <= $3 AND state <> 'void' ORDER BY id LIMIT $4`,
      [orderId, after, last, limit],
    );
  }
}
