import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import {
  expiringHours,
  failedForMinutes,
  lowShare,
  notOfSlot,
  overDays,
  slotQuietHours,
  slotStreak,
} from './attention.js';
import type { AttentionFilter, AttentionRow, AttentionSource } from './attention.js';

/** A page of one source. Shape: `after` is the last key; `window` rows are looked through. */
export interface SourcePage {
  readonly filter: AttentionFilter;
  readonly after: string;
  readonly limit: number;
  readonly window: number;
}

const claimColumns = `c.id::text AS key, c.order_id AS "orderId", p.product_key AS "productKey",
  c.station_id AS "stationId", s.name AS "stationName", c.slot, c.id::float8 AS "claimId", c.unit,
  d.name AS "deviceName", c.fail_reason AS reason`;
const claimJoins = `JOIN device d ON d.id = c.device_id JOIN product p ON p.id = d.product_id
  JOIN station s ON s.id = c.station_id`;
const claimFilter = `($3::integer IS NULL OR c.order_id = $3)
  AND ($4::integer IS NULL OR c.station_id = $4)`;

/** Confirmed, and reported as failed or empty since: few, found by an index of their own. */
const doubted = `SELECT 'unit_doubted' AS kind, c.changed_at AS since, ${claimColumns}
  FROM (SELECT * FROM claim WHERE state = 'confirmed' AND fail_reason IS NOT NULL OFFSET 0) c
    ${claimJoins}
  WHERE c.id > $1::bigint AND ${claimFilter} ORDER BY c.id LIMIT $2`;

const openClaims = `SELECT * FROM claim WHERE state IN ('leased', 'failed') AND id > $1::bigint
  ORDER BY id LIMIT`;
const claimKind = `CASE c.state WHEN 'leased' THEN 'lease_stale' ELSE 'claim_failed' END`;
const claims = `SELECT ${claimKind} AS kind,
    CASE c.state WHEN 'leased' THEN c.lease_until ELSE c.changed_at END AS since, ${claimColumns}
  FROM (${openClaims} $6) c ${claimJoins}
  WHERE ${claimFilter} AND ($5::text IS NULL OR $5 = ${claimKind})
    AND CASE c.state WHEN 'leased' THEN c.lease_until < now()
      ELSE c.changed_at < now() - interval '${failedForMinutes} minutes' END
  ORDER BY c.id LIMIT $2`;

/** The slots at which a station ever worked, found by hops through the index; null: without one. */
const slotsOf = `WITH RECURSIVE hop AS (
    SELECT min(slot) AS slot FROM attempt WHERE station_id = s.id
    UNION ALL
    SELECT (SELECT min(slot) FROM attempt WHERE station_id = s.id AND slot > hop.slot)
    FROM hop WHERE hop.slot IS NOT NULL)
  SELECT slot FROM hop`;
/** What says something of a slot; no reason is one that does. */
const isOfSlot = `coalesce(reason <> ALL ('{${notOfSlot.join()}}'), true)`;
const latest = (ofSlot: string): string => `(SELECT outcome, reason, order_id, ended_at FROM attempt
  WHERE station_id = s.id AND ${ofSlot} AND ${isOfSlot}
  ORDER BY ended_at DESC LIMIT ${slotStreak})`;
const slotAfter = `(s.id, %) > (split_part($1, '-', 1)::integer, split_part($1, '-', 2)::integer)
    AND s.id >= split_part($1, '-', 1)::integer
    AND l.failed = ${slotStreak} AND l.last > now() - interval '${slotQuietHours} hours'
    AND ($3::integer IS NULL OR l.order_id = $3) AND ($4::integer IS NULL OR s.id = $4)`;
const summed = (failed: string): string => `count(*) FILTER (WHERE ${failed}) AS failed,
        min(a.ended_at) AS since, max(a.ended_at) AS last,
        (array_agg(a.reason ORDER BY a.ended_at DESC))[1] AS reason,
        (array_agg(a.order_id ORDER BY a.ended_at DESC))[1] AS order_id`;
const slotColumns = `s.id AS "stationId", s.name AS "stationName"`;
/** By what stations reported. */
const slotsByAttempts = `SELECT ${slotColumns}, h.slot, l.*
  FROM station s CROSS JOIN LATERAL (${slotsOf}) h
    CROSS JOIN LATERAL (SELECT ${summed(`a.outcome <> 'confirmed'`)}
      FROM (${latest('slot = h.slot')} UNION ALL
        (SELECT * FROM ${latest('slot IS NULL')} n WHERE h.slot IS NULL)) a) l
  WHERE ${slotAfter.replace('%', 'coalesce(h.slot, 0)')}`;
/** By runs of the service: a slot with a worn pin reaches no module, and so no attempt. */
const slotsByRuns = `SELECT ${slotColumns}, t.slot, l.*
  FROM station s JOIN station_slot t ON t.station_id = s.id
    CROSS JOIN LATERAL (SELECT ${summed(`a.outcome <> 'PASS'`)}
      FROM (SELECT x.outcome, x.reason, r.order_id, r.started_at AS ended_at
        FROM run r JOIN run_slot x ON x.run_id = r.id AND x.slot = t.slot
        WHERE r.station_id = s.id AND r.started_at > now() - interval '${slotQuietHours} hours'
          AND x.outcome IS NOT NULL AND ${isOfSlot}
        ORDER BY r.started_at DESC LIMIT ${slotStreak}) a) l
  WHERE ${slotAfter.replace('%', 't.slot')}`;
const slots = `SELECT DISTINCT ON (f."stationId", coalesce(f.slot, 0)) 'slot_failing' AS kind,
    f."stationId" || '-' || coalesce(f.slot, 0) AS key, f."stationId", f."stationName", f.slot,
    f.since, f.reason, f.order_id AS "orderId"
  FROM (${slotsByAttempts} UNION ALL ${slotsByRuns}) f
  ORDER BY f."stationId", coalesce(f.slot, 0), f.last DESC LIMIT $2`;

const recent = `interval '${overDays} days'`;
const orderKind = `CASE
    WHEN o.state = 'refused' THEN 
      CASE WHEN o.created_at > now() - ${recent} THEN 'order_refused' END
    WHEN o.held_at IS NOT NULL THEN 'order_held'
    WHEN o.state <> 'open' THEN NULL
    WHEN o.expires_at <= now() THEN CASE WHEN o.expires_at > now() - ${recent}
      AND (o.remaining > 0 OR o.leased + o.failed > 0) THEN 'order_expired' END
    WHEN o.remaining <= 0 THEN 'order_used_up'
    WHEN o.remaining <= o.quota * ${lowShare} THEN 'order_low'
    WHEN o.expires_at <= now() + interval '${expiringHours} hours' THEN 'order_expiring' END`;
const orders = `SELECT o.kind, o.id::text AS key, o.id AS "orderId",
    p.product_key AS "productKey", greatest(0, o.remaining) AS remaining,
    o.refusal->>'code' AS reason,
    CASE o.kind WHEN 'order_held' THEN o.held_at WHEN 'order_refused' THEN o.created_at
      WHEN 'order_expired' THEN o.expires_at END
      AS since
  FROM (SELECT o.*, ${orderKind} AS kind FROM (
      SELECT o.id, o.product_id, o.state, o.refusal, o.created_at, o.expires_at, o.held_at, c.quota, c.leased,
        c.failed, least(c.quota - c.shown, c.free) AS remaining
      FROM production_order o JOIN order_count c ON c.order_id = o.id
      WHERE o.id > $1::integer AND o.kind <> 'standing') o) o
    JOIN product p ON p.id = o.product_id
  WHERE o.kind IS NOT NULL AND ($5::text IS NULL OR o.kind = $5)
    AND ($3::integer IS NULL OR o.id = $3) AND ($4::integer IS NULL
      OR NOT EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id)
      OR EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id AND s.station_id = $4))
  ORDER BY o.id LIMIT $2`;

type Found = Partial<AttentionRow> & Pick<AttentionRow, 'kind' | 'key'>;

/** Finds what needs attention, source by source. */
@Injectable()
export class AttentionStore {
  async list(tx: Tx, source: AttentionSource, page: SourcePage): Promise<AttentionRow[]> {
    const { filter, limit } = page;
    const of = [limit, filter.orderId ?? null, filter.stationId ?? null] as const;
    const found = await this.#find(tx, source, page, of);
    return found.map((row) => ({ ...blank, ...row }));
  }

  /** The last claim of a window; null when no open claim comes after it. */
  async windowEnd(tx: Tx, { after, window }: SourcePage): Promise<string | null> {
    const [row] = await rows<{ last: string | null; count: number }>(
      tx,
      `SELECT max(c.id)::text AS last, count(*)::integer AS count FROM (${openClaims} $2) c`,
      [after, window],
    );
    return row?.count === window ? row.last : null;
  }

  async #find(
    tx: Tx,
    source: AttentionSource,
    { filter, after, window }: SourcePage,
    of: readonly unknown[],
  ): Promise<Found[]> {
    const kind = filter.kind ?? null;
    switch (source) {
      case 'doubted':
        return await rows<Found>(tx, doubted, [after, ...of]);
      case 'slots':
        return await rows<Found>(tx, slots, [after, ...of]);
      case 'claims':
        return await rows<Found>(tx, claims, [after, ...of, kind, window]);
      case 'orders':
        return await rows<Found>(tx, orders, [after, ...of, kind]);
    }
  }
}

const blank = {
  since: null,
  reason: null,
  orderId: null,
  productKey: null,
  stationId: null,
  stationName: null,
  slot: null,
  claimId: null,
  unit: null,
  deviceName: null,
  remaining: null,
};
