import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Lookup, LookupKind } from './trace-lookup.js';
import type { Trace, TracedRun } from './trace.js';

/** A triple that a look-up found. Shape: `key` orders the hits, newest first. */
export interface Hit {
  readonly key: number;
  readonly deviceId: number;
  readonly isVisible: boolean;
}

/** Attempts of a claim and runs of a unit that are shown at most, the newest. */
const mostAttempts = 100;

/** Few claims share one; fenced, or the planner might read all claims backwards to find them. */
const byColumn = (column: 'sn' | 'mac'): string =>
  `SELECT id AS key, device_id FROM claim WHERE ${column} = $1 AND id < $2 OFFSET 0`;

/** Each look-up reads one index backwards from `$2`, at most `$3` entries of it. */
const hitsOf: Readonly<Record<LookupKind, string>> = {
  claimId: 'SELECT id AS key, device_id FROM claim WHERE id = $1::bigint AND id < $2 LIMIT $3',
  // The live claim of a unit and its void ones are in two indexes.
  imei: `(SELECT id AS key, device_id FROM claim WHERE unit = 'imei:' || $1 AND id < $2
      AND state IN ('leased', 'failed', 'confirmed') LIMIT 1)
    UNION ALL
    (SELECT id, device_id FROM claim WHERE unit = 'imei:' || $1 AND id < $2 AND state = 'void'
      ORDER BY id DESC LIMIT $3)`,
  sn: byColumn('sn'),
  mac: byColumn('mac'),
  // Compared as pairs: for a plain `=` the planner may read all claims backwards instead.
  iccid: `SELECT id AS key, device_id FROM claim
    WHERE iccid IS NOT NULL AND (iccid, id) < ($1, $2::bigint) AND (iccid, id) > ($1, 0)
    ORDER BY iccid DESC, id DESC LIMIT $3`,
  deviceName: `SELECT d.id AS key, d.id AS device_id FROM product p CROSS JOIN LATERAL (
      SELECT id FROM device WHERE product_id = p.id AND name = $1 LIMIT 1) d
    WHERE ($5::text IS NULL OR p.product_key = $5) AND d.id < $2 ORDER BY d.id DESC LIMIT $3`,
};

/** A station sees what it holds, and what it held when an attempt ended. */
const isVisible = `$4::integer IS NULL OR EXISTS (
    SELECT FROM claim c WHERE c.device_id = h.device_id AND (c.station_id = $4
      OR EXISTS (SELECT FROM attempt a WHERE a.claim_id = c.id AND a.station_id = $4)))`;

const instant = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The attempt by which a confirmed claim was proven last; the claim itself may be elsewhere by now. */
const confirmed = `SELECT row_to_json(t) FROM (SELECT a.attempt, a.station_id AS "stationId",
    s.name AS "stationName", a.slot, a.proof, ${instant('a.ended_at')} AS at
  FROM attempt a JOIN station s ON s.id = a.station_id
  WHERE a.claim_id = c.id AND a.outcome = 'confirmed' AND c.state = 'confirmed'
  ORDER BY a.attempt DESC LIMIT 1) t`;

const claim = `SELECT row_to_json(t) FROM (SELECT c.id, c.unit, c.imei, c.sn, c.mac, c.iccid,
    c.firmware, c.state, c.state = 'leased' AND c.lease_until < now() AS "isStale", c.attempt,
    c.ended_at IS NULL AND c.state <> 'void' AS "hasOpenAttempt", c.station_id AS "stationId",
    s.name AS "stationName", s.line, c.slot, c.proof,
    c.is_volatile AS "isVolatile", c.fail_reason AS "failReason",
    ${instant('c.started_at')} AS "startedAt",
    ${instant('c.lease_until')} AS "leaseUntil", ${instant('c.created_at')} AS "createdAt",
    ${instant('c.changed_at')} AS "changedAt", (${confirmed}) AS confirmed
  FROM station s WHERE s.id = c.station_id) t WHERE c.id IS NOT NULL`;

const attempts = `SELECT coalesce(json_agg(t), '[]') FROM (SELECT a.attempt, a.outcome, a.reason,
    a.proof, a.is_volatile AS "isVolatile", a.station_id AS "stationId",
    s.name AS "stationName", a.slot, a.firmware, a.iccid,
    EXISTS (SELECT FROM attempt_transcript t WHERE t.claim_id = a.claim_id
      AND t.attempt = a.attempt) AS "hasTranscript",
    ${instant('a.started_at')} AS "startedAt", ${instant('a.ended_at')} AS "endedAt",
    round(extract(epoch FROM a.ended_at - a.started_at) * 1000) AS "durationMs"
  FROM attempt a JOIN station s ON s.id = a.station_id
  WHERE a.claim_id = c.id ORDER BY a.attempt DESC LIMIT ${mostAttempts}) t`;

const runsWhere = (condition: string): string => `SELECT coalesce(json_agg(t), '[]') AS runs
  FROM (SELECT r.id AS "runId", l.claim_id AS "claimId", r.station_id AS "stationId",
    r.order_id AS "orderId", l.slot, l.outcome, l.reason, l.is_volatile AS "isVolatile",
    l.duration_ms AS "durationMs", ${instant('r.started_at')} AS "startedAt"
  FROM run_slot l JOIN run r ON r.id = l.run_id
  WHERE ${condition} ORDER BY l.run_id DESC LIMIT ${mostAttempts}) t`;

/** Fenced: each device is looked up by its id, whatever the planner thinks of their number. */
const traces = `SELECT f.* FROM unnest($1::bigint[]) WITH ORDINALITY AS w (id, place)
  CROSS JOIN LATERAL (SELECT d.id::float8 AS "deviceId", p.product_key AS "productKey",
    p.name AS "productName", d.name AS "deviceName", d.state AS "deviceState", d.generation,
    ${instant('d.activated_at')} AS "activatedAt", ${instant('d.disabled_at')} AS "disabledAt",
    coalesce(d.registered_from, k.registered_from) AS "registeredFrom",
    ${instant('coalesce(d.registered_at, k.created_at)')} AS "registeredAt",
    coalesce(n.is_online, false) AS "isOnline", ${instant('n.online_at')} AS "onlineAt",
    ${instant('n.offline_at')} AS "offlineAt", n.address, o.id AS "orderId",
    CASE WHEN o.state = 'open' AND o.expires_at <= now() THEN 'expired' ELSE o.state END
      AS "orderState", o.provisioning, o.note,
    (${claim}) AS claim, (${attempts}) AS attempts, (${runsWhere('l.claim_id = c.id')}) AS runs
  FROM device d JOIN product p ON p.id = d.product_id JOIN production_order o ON o.id = d.order_id
    LEFT JOIN device_presence n ON n.device_id = d.id
    LEFT JOIN LATERAL (SELECT * FROM claim WHERE device_id = d.id LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT registered_from, created_at FROM device_token
      WHERE device_id = d.id ORDER BY id DESC LIMIT 1) k ON true
  WHERE d.id = w.id OFFSET 0) f ORDER BY w.place`;

/** Finds triples by what is known of their units. */
@Injectable()
export class TraceStore {
  /** Shape: hits with a key below `before`, newest first, at most `most`. */
  async hits(
    tx: Tx,
    { kind, value, productKey }: Lookup,
    page: { readonly before: number; readonly most: number; readonly stationId: number | null },
  ): Promise<Hit[]> {
    return await rows<Hit>(
      tx,
      `SELECT h.key::float8 AS key, h.device_id::float8 AS "deviceId", ${isVisible} AS "isVisible"
       FROM (${hitsOf[kind]}) h WHERE $5::text IS NULL OR true ORDER BY h.key DESC LIMIT $3`,
      [value, page.before, page.most, page.stationId, productKey ?? null],
    );
  }

  /** Everything that is known of some devices, in their order. */
  async traces(tx: Tx, deviceIds: readonly number[]): Promise<Trace[]> {
    return await rows<Trace>(tx, traces, [deviceIds]);
  }

  /**
   * Runs that met a unit and got no claim for it, though it may hold one of another run.
   *
   * Shape: `stationId` null means of all stations.
   */
  async runsWithoutClaim(
    tx: Tx,
    unit: string,
    stationId: number | null,
  ): Promise<readonly TracedRun[]> {
    const mine = '($2::integer IS NULL OR r.station_id = $2)';
    const [row] = await rows<{ runs: readonly TracedRun[] }>(
      tx,
      runsWhere(`l.unit = $1 AND l.claim_id IS NULL AND ${mine}`),
      [unit, stationId],
    );
    return row?.runs ?? [];
  }
}
