import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** The key of an order as it is stored. */
export interface SealedOrderKey {
  readonly sealed: Buffer;
  /** The devices of an import bring their first secrets. */
  readonly isImport: boolean;
}

/** Reads the sealed keys of orders. */
@Injectable()
export class OrderKeysStore {
  async find(tx: Tx, orderId: number): Promise<SealedOrderKey | undefined> {
    const [row] = await rows<SealedOrderKey>(
      tx,
      `SELECT order_key_sealed AS sealed, kind = 'import' AS "isImport"
       FROM production_order WHERE id = $1`,
      [orderId],
    );
    return row;
  }
}
