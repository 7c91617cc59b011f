import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** Reads the sealed keys of orders. */
@Injectable()
export class OrderKeysStore {
  async sealedKey(tx: Tx, orderId: number): Promise<Buffer | undefined> {
    const [row] = await rows<{ sealed: Buffer }>(
      tx,
      'SELECT order_key_sealed AS sealed FROM production_order WHERE id = $1',
      [orderId],
    );
    return row?.sealed;
  }
}
