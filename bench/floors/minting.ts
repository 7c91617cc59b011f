import type { BenchDatabase } from '../server.js';
import { floorTable } from './device-table.js';

/**
 * The floor of minting: one bare statement into an empty copy of the device table.
 *
 * No names checked beforehand, no chunks, no cursor, no counters, no history.
 * Units: answers seconds.
 */
export async function mintByFloor(
  database: BenchDatabase,
  ids: { readonly orderId: number; readonly productId: number },
  quantity: number,
): Promise<number> {
  const startedAt = performance.now();
  await database.query(
    `INSERT INTO ${floorTable} (order_id, product_id, name)
     SELECT $1, $2, 'MINT_' || lpad(n::text, 8, '0') FROM generate_series(1, $3::integer) n`,
    [ids.orderId, ids.productId, quantity],
  );
  return (performance.now() - startedAt) / 1000;
}
