import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** The claim of a unit, as a line tool asks for it: by product and unit. */
export interface HeldClaim {
  readonly claimId: number;
  readonly orderId: number;
}

/** Finds what a line tool leaves out: the order, and the claim of a unit. */
@Injectable()
export class CompatAllotStore {
  /** The claim that a unit holds in a product. Shape: `unit` is its identity, e.g. `imei:…`. */
  async held(tx: Tx, productKey: string, unit: string): Promise<HeldClaim | undefined> {
    const [held] = await rows<HeldClaim>(
      tx,
      `SELECT c.id::float8 AS "claimId", c.order_id AS "orderId" FROM claim c
         JOIN production_order o ON o.id = c.order_id JOIN product p ON p.id = o.product_id
       WHERE c.unit = $2 AND c.state IN ('leased', 'failed', 'confirmed') AND p.product_key = $1
         AND o.provisioning = 'device-secret'`,
      [productKey, unit],
    );
    return held;
  }

  /** Open orders of a product with triples left that a station may use, oldest first. */
  async openOrders(
    tx: Tx,
    productKey: string,
    stationId: number,
    limit: number,
  ): Promise<number[]> {
    const found = await rows<{ orderId: number }>(
      tx,
      `SELECT o.id AS "orderId" FROM production_order o JOIN product p ON p.id = o.product_id
         JOIN order_count c ON c.order_id = o.id
       WHERE p.product_key = $1 AND o.state = 'open' AND o.held_at IS NULL
         AND o.provisioning = 'device-secret' AND o.kind <> 'standing'
         AND (o.expires_at IS NULL OR o.expires_at > now())
         AND least(c.quota - c.shown, c.free) > 0
         AND (NOT EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id)
           OR EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id AND s.station_id = $2))
       ORDER BY o.id LIMIT $3`,
      [productKey, stationId, limit],
    );
    return found.map(({ orderId }) => orderId);
  }
}
