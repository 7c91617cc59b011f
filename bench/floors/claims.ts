import { Pool } from 'pg';
import { serveParent } from '../child.js';
import { runClaimWave } from '../load/claim-wave.js';
import type { ClaimWave } from '../load/claim-wave.js';
import { floorClaims, floorCounters } from './claim-names.js';
import { floorTable } from './device-table.js';

/**
 * The floor of claims: what one would write by hand without a service around it.
 *
 * Bare `pg`: one prepared statement per batch takes free devices, writes the claims and counts them
 * under the quota. No HTTP, no keys, no unit that comes back, no history, no secret derived. The
 * stations ask through so many connections.
 */
export interface FloorWave extends ClaimWave {
  readonly url: string;
  readonly orderId: number;
  readonly connections: number;
}

/**
 * What is below the low-water id is given out and need not be looked at again; as many as the other
 * connections can hold at that moment may still be free.
 */
const reach = 20 * 16;

const lease = {
  name: 'lease',
  text: `WITH pick AS MATERIALIZED (
      SELECT id, name, row_number() OVER (ORDER BY id) AS turn FROM (
        SELECT id, name FROM ${floorTable} WHERE order_id = $1 AND state = 'free' AND id >= (
            SELECT low_water_id FROM ${floorCounters} WHERE order_id = $1)
        ORDER BY order_id, id LIMIT $3 FOR UPDATE SKIP LOCKED) f
    ), taken AS (
      UPDATE ${floorTable} d SET state = 'leased' FROM pick k WHERE d.id = k.id
    ), made AS (
      INSERT INTO ${floorClaims} (device_id, order_id, station_id, unit, imei, state, lease_until)
      SELECT k.id, $1, 1, 'imei:' || i.imei, i.imei, 'leased', now() + interval '15 minutes'
      FROM pick k JOIN unnest($2::text[]) WITH ORDINALITY i (imei, turn) ON i.turn = k.turn
    ), counted AS (
      UPDATE ${floorCounters} SET free = free - n, leased = leased + n, shown = shown + n,
        low_water_id = greatest(low_water_id, first - ${reach})
      FROM (SELECT count(*)::integer AS n, min(id) AS first FROM pick) p
      WHERE order_id = $1 AND shown + n <= quota
      RETURNING n
    )
    SELECT k.name FROM pick k, counted`,
};

let pool: { readonly connections: number; readonly pool: Pool } | undefined;

serveParent(async (message) => {
  const wave = message as FloorWave;
  const { url, connections, orderId } = wave;
  if (pool?.connections !== connections) {
    await pool?.pool.end();
    pool = { connections, pool: new Pool({ connectionString: url, max: connections }) };
  }
  const { pool: stations } = pool;
  return await runClaimWave(wave, async (_, imeis) => {
    const values = [orderId, imeis, imeis.length];
    const { rows } = await stations.query<{ name: string }>({ ...lease, values });
    return rows.map(({ name }) => name);
  });
});
