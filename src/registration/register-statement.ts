import { countersFrom } from '../orders/order-counters.js';

/**
 * One statement for many callers: it locks, decides, moves, counts and tells the history.
 *
 * Shape: `$1` product ids, `$2` their versions, `$3` device names, `$4` addresses, `$5` protocols,
 * `$6` proofs, `$7` refusals by policy; one row per caller, in order.
 *
 * Rows are locked in id order: devices, then counters of orders, then counters of products;
 * `CROSS JOIN LATERAL (SELECT CASE …)` decides on the locked, hence latest, rows. Two callers may
 * want one device: the first of them moves it, and `dense_rank` lets all of them share its place in
 * the quotas. Who is refused for one quota may have taken a place in another until the next try.
 * `usualAddress` in the history flags a repeat from another address than the last registration's.
 */
export function registerStatement(whenLocked: 'SKIP LOCKED' | ''): string {
  return `
WITH item AS MATERIALIZED (
  SELECT t.*, p.product_key, p.registration_quota, p.registration_repeat = 'rotate' AS is_rotating,
    coalesce(p.version = t.version, false) AS is_current, d.id AS device_id
  FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[])
    WITH ORDINALITY AS t (product_id, version, name, address, protocol, proof, refusal, position)
    LEFT JOIN product p ON p.id = t.product_id
    LEFT JOIN LATERAL (SELECT id FROM device
      WHERE product_id = t.product_id AND name = t.name LIMIT 1) d ON true
), judged AS MATERIALIZED (
  SELECT i.position, i.product_id, i.registration_quota, i.is_rotating, i.address, d.id, d.order_id,
    d.generation, d.registered_from, j.verdict,
    j.verdict = 'granted' AND d.state = 'free' AS is_fresh,
    j.verdict = 'granted' AND d.registered_from IS NULL AS is_new
  FROM (SELECT * FROM item
      WHERE is_current AND refusal IS NULL AND device_id IS NOT NULL ORDER BY device_id) i
    CROSS JOIN LATERAL (SELECT id, order_id, generation, state, activated_at, disabled_at,
        registered_from FROM device WHERE id = i.device_id FOR UPDATE ${whenLocked}) d
    JOIN production_order o ON o.id = d.order_id
    CROSS JOIN LATERAL (SELECT CASE
    WHEN d.state = 'void' OR o.state IN ('minting', 'refused', 'aborted')
      THEN 'device_unknown'
    WHEN d.disabled_at IS NOT NULL THEN 'device_disabled'
    WHEN d.activated_at IS NOT NULL THEN 'device_active'
    WHEN o.kind = 'standing'
      OR d.state IN ('leased', 'confirmed') AND o.provisioning <> 'product-secret'
      OR d.state = 'free' AND o.held_at IS NOT NULL AND o.provisioning <> 'product-secret'
      THEN 'device_held'
    ELSE 'granted' END AS verdict) j
), order_room AS MATERIALIZED (
  SELECT c.*, c.quota - c.shown AS room FROM order_count c
  WHERE c.order_id IN (SELECT order_id FROM judged WHERE is_fresh)
  ORDER BY c.order_id FOR UPDATE OF c
), product_room AS MATERIALIZED (
  SELECT c.product_id, c.registered FROM product_count c
  WHERE c.product_id IN (SELECT product_id FROM judged WHERE is_new)
    AND (SELECT count(*) FROM order_room) >= 0 -- after those of the orders
  ORDER BY c.product_id FOR UPDATE OF c
), decided AS MATERIALIZED (
  SELECT r.*, v.verdict AS outcome,
    CASE WHEN v.verdict = 'granted' AND r.is_rotating AND NOT r.is_new THEN r.generation + 1
      ELSE r.generation END AS next_generation,
    v.verdict = 'granted' AND row_number() OVER (PARTITION BY r.id ORDER BY r.position) = 1
      AS is_first,
    coalesce(r.registered_from, first_value(r.address) OVER (PARTITION BY r.id ORDER BY r.position))
      AS usual_address
  FROM (SELECT j.*,
      dense_rank() OVER (PARTITION BY j.order_id, j.is_fresh ORDER BY j.id) AS order_rank,
      dense_rank() OVER (PARTITION BY j.product_id, j.is_new ORDER BY j.id) AS product_rank
    FROM judged j) r
    LEFT JOIN order_room o ON o.order_id = r.order_id
    LEFT JOIN product_room p ON p.product_id = r.product_id
    CROSS JOIN LATERAL (SELECT CASE
      WHEN r.is_fresh AND r.order_rank > o.room THEN 'quota_used_up'
      WHEN r.is_new AND r.product_rank > r.registration_quota - p.registered
        THEN 'product_quota_used_up'
      ELSE r.verdict END AS verdict) v
), moved AS (
  UPDATE device d SET state = CASE d.state WHEN 'free' THEN 'issued' ELSE d.state END,
    registered_from = x.address, registered_at = now(), generation = x.next_generation
  FROM decided x WHERE d.id = x.id AND x.is_first
    AND (x.is_new OR x.is_rotating OR x.address <> x.registered_from)
), counted AS (
  UPDATE order_count c
  SET ${countersFrom('l', { free: '- n.fresh', issued: '+ n.fresh', shown: '+ n.fresh' })}
  FROM order_room l JOIN (SELECT order_id, count(*)::integer AS fresh FROM decided
      WHERE is_first AND is_fresh GROUP BY order_id) n ON n.order_id = l.order_id
  WHERE c.order_id = l.order_id
), registered AS (
  UPDATE product_count c SET registered = c.registered + n.new
  FROM (SELECT product_id, count(*)::integer AS new FROM decided WHERE is_first AND is_new
      GROUP BY product_id) n
  WHERE c.product_id = n.product_id
), answer AS MATERIALIZED (
  SELECT i.*, x.order_id, x.usual_address, x.next_generation,
    x.next_generation <> x.generation AS is_turned, x.is_new AND x.is_first AS is_new,
    CASE WHEN NOT i.is_current THEN 'policy_changed'
      ELSE coalesce(i.refusal, x.outcome,
        CASE WHEN i.device_id IS NULL THEN 'device_unknown' ELSE 'locked' END) END AS verdict
  FROM item i LEFT JOIN decided x ON x.position = i.position
), told AS (
  INSERT INTO audit_event (action, actor, address, product_key, device_name, order_id, detail)
  SELECT CASE verdict WHEN 'granted' THEN 'device.registered' ELSE 'registration.refused' END,
    'device', address, product_key, name, order_id,
    CASE WHEN verdict = 'granted' AND is_new AND proof = 'current' AND usual_address = address
      THEN jsonb_build_object('protocol', protocol) -- nearly always, and at half the cost
      ELSE jsonb_strip_nulls(jsonb_build_object('protocol', protocol,
        'reason', CASE WHEN verdict <> 'granted' THEN verdict END,
        'repeat', CASE WHEN verdict = 'granted' AND NOT is_new THEN true END,
        'rotated', CASE WHEN is_turned THEN true END,
        'usualAddress', CASE WHEN usual_address <> address THEN usual_address END,
        'previousProductSecret', CASE WHEN proof = 'previous' THEN true END)) END
  FROM answer WHERE verdict NOT IN ('policy_changed', 'locked') ORDER BY position
)
SELECT verdict, order_id AS "orderId", next_generation AS generation FROM answer
ORDER BY position`;
}
