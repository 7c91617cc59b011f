import { countersFrom } from '../orders/order-counters.js';

/** The requests, and the orders they name. */
const asked = `item AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS i (no integer, order_id integer,
      station_id integer, station text, slot integer, unit text, imei text, sn text, mac text,
      iccid text, firmware text, weaker text[], actor text, address text)
  ), place AS MATERIALIZED (
    SELECT o.* FROM (SELECT DISTINCT order_id FROM item) w CROSS JOIN LATERAL (
      SELECT o.id AS order_id, p.product_key, o.provisioning, o.accept_volatile,
        o.accept_proofs, o.firmware,
        CASE WHEN o.state = 'open' AND o.held_at IS NOT NULL THEN 'held'
          WHEN o.state = 'open' AND o.expires_at <= now() THEN 'expired' ELSE o.state END
          AS state,
        c.quota - c.shown AS quota_left, least(c.quota - c.shown, c.free) AS remaining,
        greatest(c.low_water_id, o.first_device_id - 1) AS low_water_id,
        array(SELECT s.station_id FROM order_station s WHERE s.order_id = o.id) AS station_ids
      FROM production_order o JOIN product p ON p.id = o.product_id
        JOIN order_count c ON c.order_id = o.id
      WHERE o.id = w.order_id OFFSET 0) o
  )`;

/**
 * The firmware gate of an order: `*` in a pattern stands for any characters, none included; upper and
 * lower case differ. No pattern lets everything pass; a unit that reports no firmware passes only then.
 */
const isFirmwareAllowed = `(p.firmware = '{}' OR EXISTS (SELECT FROM unnest(p.firmware) AS w (pattern)
      WHERE i.firmware LIKE replace(regexp_replace(w.pattern, '([\\\\%_])', '\\\\\\1', 'g'), '*', '%')))`;

const isLive = `c.state IN ('leased', 'failed', 'confirmed')`;

/**
 * What each request is: the same unit again, a new one, or refused.
 *
 * A clash is a live claim of what may be the same unit by another number: what identifies the one is
 * among the weaker numbers of the other. Whether it is the same unit nobody can tell; a new triple
 * could be its second, and the one that is held could be another unit's. Who comes back by his own
 * number gets his own triple, and a number that clashes is not noted beside it.
 */
const judged = `found AS MATERIALIZED (
    SELECT i.no, c.id, c.device_id FROM item i CROSS JOIN LATERAL (
      SELECT c.id, c.device_id FROM claim c WHERE c.unit = i.unit AND ${isLive} LIMIT 1) c
    ORDER BY c.device_id
  ), held AS MATERIALIZED (
    SELECT f.no, f.device_id, c.* FROM found f CROSS JOIN LATERAL (
      SELECT c.id AS claim_id, c.order_id, c.unit AS held_unit, c.state, c.proof, c.ended_at,
        d.name AS held_name, d.generation AS held_generation
      FROM claim c JOIN device d ON d.id = c.device_id WHERE c.id = f.id AND ${isLive}
      FOR UPDATE OF d, c) c
  ), clash AS MATERIALIZED (
    SELECT i.no, c.* FROM item i CROSS JOIN LATERAL (
      (SELECT c.id AS claim_id, c.order_id, c.device_id, c.unit AS held_unit
        FROM unnest(i.weaker) w CROSS JOIN LATERAL (
          SELECT * FROM claim c WHERE c.unit = w AND ${isLive} LIMIT 1) c)
      UNION ALL
      (SELECT c.id, c.order_id, c.device_id, c.unit FROM claim c
        WHERE c.sn = i.sn AND i.unit LIKE 'sn:%' AND c.unit <> i.unit AND ${isLive} LIMIT 1)
      UNION ALL
      (SELECT c.id, c.order_id, c.device_id, c.unit FROM claim c
        WHERE c.mac = i.mac AND i.unit LIKE 'mac:%' AND c.unit <> i.unit AND ${isLive} LIMIT 1)
      LIMIT 1) c
  ), judged AS MATERIALIZED (
    SELECT i.*, p.product_key, p.provisioning, p.accept_volatile, p.accept_proofs,
      p.quota_left,
      p.remaining, p.low_water_id, h.state AS was, h.proof,
      h.held_name, h.held_generation,
      k.no IS NOT NULL AS has_clash, h.state = 'failed' OR h.ended_at IS NOT NULL AS is_next_attempt,
      coalesce(h.claim_id, k.claim_id) AS claim_id,
      coalesce(h.order_id, k.order_id) AS held_order_id,
      coalesce(h.device_id, k.device_id) AS held_device_id,
      coalesce(h.held_unit, k.held_unit) AS held_unit,
      CASE WHEN p.order_id IS NULL THEN 'order_unknown'
        WHEN cardinality(p.station_ids) > 0 AND i.station_id <> ALL (p.station_ids)
          THEN 'station_not_allowed'
        WHEN p.state <> 'open' AND h.order_id IS DISTINCT FROM i.order_id THEN p.state
        WHEN NOT ${isFirmwareAllowed} THEN 'firmware_not_allowed'
        WHEN h.order_id = i.order_id THEN 'reissued'
        WHEN h.claim_id IS NOT NULL THEN 'bound_elsewhere'
        WHEN k.claim_id IS NOT NULL THEN 'known_otherwise'
        WHEN p.quota_left <= 0 THEN 'quota_used_up'
        ELSE 'new' END AS verdict,
      p.firmware AS allowed_firmware
    FROM item i LEFT JOIN place p ON p.order_id = i.order_id LEFT JOIN held h ON h.no = i.no
      LEFT JOIN clash k ON k.no = i.no
  )`;

/**
 * Free triples for the new ones. No triple ever becomes free again, so everything below the first
 * free one of a committed snapshot need not be looked at any more: the low-water id.
 *
 * Rows are compared as pairs and `num_nonnulls` stands for two IS NULL, because without statistics
 * the planner takes the plain forms for so rare that it sorts the whole order for its first row.
 */
const picked = ({ until, most, onLocked }: LeasePick): string => `fresh AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY unit) AS turn
    FROM judged WHERE verdict = 'new'
  ), demand AS MATERIALIZED (
    SELECT f.order_id, least(count(*), max(f.quota_left)) AS wanted,
      (SELECT v.id FROM device v WHERE v.state = 'free'
         AND (v.order_id, v.id) > (f.order_id, f.low_water_id)
         AND (v.order_id, v.id) < (f.order_id + 1, 0)
         ORDER BY v.order_id, v.id LIMIT 1) AS first_free,
      (SELECT v.id FROM device v WHERE v.state = 'free'
         AND (v.order_id, v.id) > (f.order_id, f.low_water_id)
         AND (v.order_id, v.id) < (f.order_id + 1, 0)
         AND num_nonnulls(v.activated_at, v.disabled_at) < 1
         ORDER BY v.order_id, v.id LIMIT 1) AS first_usable
    FROM fresh f GROUP BY f.order_id, f.low_water_id
  ), pick AS MATERIALIZED (
    SELECT d.order_id, t.id, t.name, t.generation,
      row_number() OVER (PARTITION BY d.order_id ORDER BY t.id) AS turn
    FROM demand d CROSS JOIN LATERAL (
      SELECT v.id, v.name, v.generation FROM device v
      WHERE v.state = 'free' AND (v.order_id, v.id) >= (d.order_id, d.first_usable)
        AND (v.order_id, v.id) < ${until} AND num_nonnulls(v.activated_at, v.disabled_at) < 1
      ORDER BY v.order_id, v.id LIMIT ${most} FOR UPDATE ${onLocked}) t
  ), pair AS MATERIALIZED (
    SELECT f.*, k.id AS device_id, k.name, k.generation
    FROM fresh f FULL JOIN pick k ON k.order_id = f.order_id AND k.turn = f.turn
    WHERE num_nonnulls(f.no, k.id) = 2
  )`;

const leaseEnd = 'now() + make_interval(secs => $2)';

/** The claims and devices themselves. */
const written = `made AS (
    INSERT INTO claim (device_id, order_id, station_id, slot, unit, imei, sn, mac, iccid, firmware,
      state, lease_until)
    SELECT device_id, order_id, station_id, slot, unit, imei, sn, mac, iccid, firmware,
      'leased', ${leaseEnd}
    FROM pair ORDER BY unit ON CONFLICT DO NOTHING
    RETURNING id, device_id, attempt, lease_until
  ), taken AS (
    UPDATE device d SET state = 'leased' FROM made m WHERE d.id = m.device_id
  ), again AS (
    UPDATE claim c SET station_id = j.station_id, slot = j.slot,
      imei = coalesce(j.imei, c.imei),
      sn = CASE WHEN j.has_clash THEN c.sn ELSE coalesce(j.sn, c.sn) END,
      mac = CASE WHEN j.has_clash THEN c.mac ELSE coalesce(j.mac, c.mac) END,
      iccid = coalesce(j.iccid, c.iccid), firmware = coalesce(j.firmware, c.firmware),
      state = CASE j.was WHEN 'confirmed' THEN 'confirmed' ELSE 'leased' END, proof = j.proof,
      attempt = c.attempt + j.is_next_attempt::integer,
      started_at = CASE WHEN j.is_next_attempt THEN now() ELSE c.started_at END, ended_at = NULL,
      leased_at = now(), lease_until = ${leaseEnd},
      fail_reason = CASE j.was WHEN 'confirmed' THEN c.fail_reason END, changed_at = now()
    FROM judged j WHERE c.id = j.claim_id AND j.verdict = 'reissued'
    RETURNING j.no, c.id, c.attempt, c.lease_until, j.held_name, j.held_generation
  ), granted AS MATERIALIZED (
    SELECT k.no, 'leased' AS verdict, m.id AS claim_id, m.attempt, m.lease_until, k.name,
      k.generation
    FROM made m FULL JOIN pair k ON k.device_id = m.device_id WHERE num_nonnulls(m.id, k.no) = 2
    UNION ALL
    SELECT no, 'reissued', id, attempt, lease_until, held_name, held_generation FROM again
  )`;

const leasedCounters = countersFrom('l', {
  free: '- d.shown',
  leased: '+ d.shown + d.retried',
  failed: '- d.retried',
  shown: '+ d.shown',
});

/** The counters, exact in the same statement; a reissue of a failed claim leases it again. */
const counted = `delta AS MATERIALIZED (
    SELECT j.order_id, count(*) FILTER (WHERE g.verdict = 'leased')::integer AS shown,
      count(*) FILTER (WHERE g.verdict = 'reissued')::integer AS retried
    FROM granted g JOIN judged j ON j.no = g.no
    WHERE g.verdict = 'leased' OR j.was = 'failed' GROUP BY j.order_id
  ), counter AS MATERIALIZED (
    SELECT c.* FROM order_count c JOIN delta d ON d.order_id = c.order_id
    ORDER BY c.order_id FOR UPDATE OF c
  ), counted AS (
    UPDATE order_count c SET ${leasedCounters},
      low_water_id = greatest(l.low_water_id, w.first_free - 1)
    FROM counter l JOIN delta d ON d.order_id = l.order_id
      LEFT JOIN demand w ON w.order_id = l.order_id
    WHERE c.order_id = l.order_id
    RETURNING c.order_id, least(c.quota - c.shown, c.free) AS remaining
  )`;

const told = `told AS (
    INSERT INTO audit_event
      (action, actor, address, product_key, device_name, order_id, claim_id, unit, detail)
    SELECT 'claim.' || g.verdict, j.actor, j.address, j.product_key, g.name, j.order_id, g.claim_id,
      j.unit, jsonb_strip_nulls(
        jsonb_build_object('station', j.station, 'slot', j.slot, 'attempt', g.attempt))
    FROM granted g JOIN judged j ON j.no = g.no
  )`;

/** Which claim is in the way; its order may be of another product. */
const holder = `CASE WHEN j.verdict IN ('bound_elsewhere', 'known_otherwise') THEN (
      SELECT json_build_object('orderId', j.held_order_id, 'claimId', j.claim_id,
        'unit', j.held_unit, 'productKey', p.product_key, 'deviceName', d.name)
      FROM device d JOIN product p ON p.id = d.product_id
      WHERE d.id = j.held_device_id LIMIT 1) END`;

const answer = `SELECT j.no, j.order_id AS "orderId",
    CASE WHEN g.verdict IS NOT NULL THEN g.verdict WHEN j.verdict <> 'new' THEN j.verdict
      WHEN EXISTS (SELECT FROM pair k WHERE k.no = j.no) THEN 'contended'
      ELSE 'stock_empty' END AS verdict,
    g.claim_id::float8 AS "claimId", g.verdict = 'reissued' AS "isReissued", g.attempt,
    g.lease_until AS "leaseUntil", j.product_key AS "productKey", g.name AS "deviceName",
    g.generation, j.provisioning, j.accept_volatile AS "acceptVolatile",
    j.accept_proofs AS "acceptProofs",
    greatest(0, coalesce(c.remaining, j.remaining)) AS remaining,
    ${holder} AS "heldBy",
    CASE j.verdict WHEN 'firmware_not_allowed' THEN j.allowed_firmware END AS "allowedFirmware"
  FROM judged j LEFT JOIN granted g ON g.no = j.no LEFT JOIN counted c ON c.order_id = j.order_id`;

/** How far and how patiently the statement looks for free triples. */
export interface LeasePick {
  readonly until: string;
  readonly most: string;
  readonly onLocked: 'SKIP LOCKED' | '';
}

/**
 * The statement that leases triples to units.
 *
 * Shape: `$1` the requests as JSON, `$2` the lease in seconds; one row per request.
 *
 * Order of locks, the same everywhere: held devices and claims by device id, new claims by unit,
 * the counters of orders last and by order id. So two statements never wait for each other, and the
 * one row that all claims of an order share is held for the shortest time.
 *
 * What constraints look at is reckoned from the rows as they were locked (see `countersFrom`).
 *
 * A unit that another statement claims at the same moment is not in our snapshot; the unique unit
 * makes its insert a no-op (`contended`) instead of an error that would spoil the whole batch.
 *
 * A plan is kept while the tables grow a thousandfold. So every row of a large table is found
 * through a fenced lookup (`LATERAL … LIMIT`, `OFFSET 0`, `FOR UPDATE`) that has one good plan, and
 * free triples are looked for in a stretch of ids that is cheap to read by any plan.
 * Two lists of the statement itself are put together by a full join, which is never done pair by
 * pair, however short the planner takes them to be.
 */
export function leaseStatement(pick: LeasePick): string {
  return `WITH ${asked}, ${judged}, ${picked(pick)}, ${written}, ${counted}, ${told} ${answer}`;
}
