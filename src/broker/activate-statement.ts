import { countersFrom } from '../orders/order-counters.js';

/**
 * SQL that activates devices at their first login: state, counters and history in one statement.
 *
 * Shape: `$1` device ids (no repeats), `$2` generations, `$3` addresses; one row per id, in order.
 * Devices are locked in id order, then the counters of their orders: every writer does, so none
 * waits in a circle. A device that is still `free` was handed out by an export: it becomes `issued`
 * and counts as shown, while the quota has room; else a claim could give it to another unit.
 *
 * Large tables are read by fenced lookups (LATERAL with FOR UPDATE or LIMIT): a plan that was made
 * for a small table is kept while the table grows a thousandfold.
 */
export function activateStatement(whenLocked: 'SKIP LOCKED' | ''): string {
  return `WITH wanted AS MATERIALIZED (
      SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[])
        WITH ORDINALITY AS w (device_id, generation, address, place)
      ORDER BY device_id
    ), held AS MATERIALIZED (
      SELECT w.place, w.address, d.*, CASE WHEN d.state = 'void' OR d.disabled_at IS NOT NULL
               OR d.generation <> w.generation THEN 'stale'
             WHEN d.activated_at IS NOT NULL AND d.state <> 'free' THEN 'active'
             ELSE 'activated' END AS outcome
      FROM wanted w CROSS JOIN LATERAL (
        SELECT id, order_id, product_id, name, generation, state, state = 'free' AS is_free,
          activated_at, disabled_at
        FROM device WHERE id = w.device_id FOR UPDATE ${whenLocked}) d
    ), room AS MATERIALIZED (
      SELECT c.*
      FROM (SELECT DISTINCT order_id FROM held WHERE outcome = 'activated' ORDER BY order_id) w
        CROSS JOIN LATERAL (SELECT *, quota - shown AS places FROM order_count
          WHERE order_id = w.order_id FOR UPDATE) c
    ), judged AS (
      SELECT h.place, h.address, h.id, h.order_id, h.product_id, h.name, h.is_free,
        CASE WHEN h.outcome = 'activated' AND h.is_free AND r.places < row_number()
               OVER (PARTITION BY h.order_id, h.outcome, h.is_free ORDER BY h.id)
             THEN 'quota_used_up' ELSE h.outcome END AS outcome
      FROM held h LEFT JOIN room r ON r.order_id = h.order_id
    ), fresh AS MATERIALIZED (
      SELECT * FROM judged WHERE outcome = 'activated'
    ), moved AS (
      UPDATE device d SET activated_at = now(),
        state = CASE d.state WHEN 'free' THEN 'issued' ELSE d.state END
      FROM fresh f WHERE d.id = f.id
    ), counted AS (
      UPDATE order_count c SET activated = r.activated + n.activated,
        ${countersFrom('r', { free: '- n.issued', issued: '+ n.issued', shown: '+ n.issued' })}
      FROM room r JOIN (SELECT order_id, count(*)::integer AS activated,
              count(*) FILTER (WHERE is_free)::integer AS issued
            FROM fresh GROUP BY order_id) n ON n.order_id = r.order_id
      WHERE c.order_id = r.order_id
    ), told AS (
      INSERT INTO audit_event
        (action, actor, address, product_key, device_name, order_id, claim_id, unit, detail)
      SELECT 'device.activated', 'device', f.address, p.product_key, f.name, f.order_id, l.id,
        l.unit, CASE WHEN f.is_free THEN jsonb_build_object('state', 'issued') ELSE '{}' END
      FROM fresh f JOIN product p ON p.id = f.product_id
        LEFT JOIN LATERAL (SELECT id, unit FROM claim WHERE device_id = f.id LIMIT 1) l ON true
      ORDER BY f.id
    )
    SELECT j.outcome FROM wanted w LEFT JOIN judged j ON j.place = w.place ORDER BY w.place`;
}
