import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { AuditFilter, AuditRow, StrangerRow } from './audit-row.js';

/** A page of the history. Shape: entries older than `before` (an id); `window` are looked through. */
export interface AuditPage {
  readonly filter: AuditFilter;
  readonly before: string | null;
  readonly limit: number;
  readonly window: number;
}

/** An entry gets its number and reads the clock in one go; far less than this lies between. */
const numberedWithin = '1 minute';

/** No entry has a larger number. Source: PostgreSQL 18 manual, 8.1: bigint. */
const newest = '9223372036854775807';

/** A unit is known here by its claims: its text stands in the entries, but in no index. */
const claimsOf = `SELECT id FROM claim WHERE unit = $3
    AND state IN ('leased', 'failed', 'confirmed')
  UNION ALL SELECT id FROM claim WHERE unit = $3 AND state = 'void'`;

/**
 * The entries older than `$1` to which an index leads, newest first, at most `$2`.
 *
 * Each has one good plan: few entries are about a claim, so they are fenced and sorted; those of an
 * order are compared as pairs, or the planner may read the whole history backwards for them.
 */
const windows = {
  all: `SELECT * FROM audit_event WHERE id < $1 AND $3::text IS NULL
    ORDER BY audit_event.id DESC LIMIT $2`,
  order: `SELECT * FROM audit_event WHERE order_id IS NOT NULL
      AND (order_id, id) < ($3::integer, $1::bigint) AND (order_id, id) > ($3::integer, 0)
    ORDER BY order_id DESC, audit_event.id DESC LIMIT $2`,
  claim: `SELECT * FROM (SELECT * FROM audit_event WHERE claim_id = $3::bigint AND id < $1 OFFSET 0) c
    ORDER BY c.id DESC LIMIT $2`,
  unit: `SELECT * FROM (SELECT * FROM audit_event
      WHERE claim_id = ANY (ARRAY(${claimsOf})) AND id < $1 OFFSET 0) c
    ORDER BY c.id DESC LIMIT $2`,
} as const;

/** Reads the history, newest first. */
@Injectable()
export class AuditReaderStore {
  async events(tx: Tx, page: AuditPage): Promise<AuditRow[]> {
    const { filter } = page;
    const { text, params } = windowOf(page);
    return await rows<AuditRow>(
      tx,
      `SELECT e.id::text, e.at, e.action, e.actor, e.address, e.product_key AS "productKey",
         e.device_name AS "deviceName", e.order_id AS "orderId", e.claim_id::float8 AS "claimId",
         e.unit, e.detail
       FROM (${text}) e
       WHERE ($4::text IS NULL OR e.product_key = $4) AND ($5::text IS NULL OR e.device_name = $5)
         AND ($6::text IS NULL OR e.action = $6) AND ($7::timestamptz IS NULL OR e.at >= $7)
         AND ($8::integer IS NULL OR e.order_id = $8) AND ($9::bigint IS NULL OR e.claim_id = $9)
         AND ($10::text IS NULL OR e.unit = $10)
       ORDER BY e.id DESC LIMIT $11`,
      [
        ...params,
        filter.productKey ?? null,
        filter.deviceName ?? null,
        filter.action ?? null,
        filter.since ?? null,
        filter.orderId ?? null,
        filter.claimId ?? null,
        filter.unit ?? null,
        page.limit,
      ],
    );
  }

  /** The oldest entry of a full window; null when none comes before it that is wanted. */
  async windowEnd(tx: Tx, page: AuditPage): Promise<string | null> {
    const { text, params } = windowOf(page);
    const [row] = await rows<{ last: string | null; count: number; isOver: boolean | null }>(
      tx,
      `SELECT min(e.id)::text AS last, count(*)::integer AS count,
         min(e.at) < $4::timestamptz - interval '${numberedWithin}' AS "isOver"
       FROM (${text}) e`,
      [...params, page.filter.since ?? null],
    );
    return row?.count === page.window && row.isOver !== true ? row.last : null;
  }

  /** Shape: the newest minutes first, in a minute those with most refusals. */
  async strangers(
    tx: Tx,
    since: Date | null,
    after: StrangerRow | null,
    limit: number,
  ): Promise<StrangerRow[]> {
    return await rows<StrangerRow>(
      tx,
      `SELECT minute, address, product_key AS "productKey", count FROM stranger_refusal
       WHERE ($1::timestamptz IS NULL OR minute >= $1)
         AND ($3::timestamptz IS NULL OR minute <= $3 AND (minute < $3 OR count < $4
           OR count = $4 AND (address, product_key) > ($5::text, $6::text)))
       ORDER BY minute DESC, count DESC, address, product_key LIMIT $2`,
      [
        since,
        limit,
        after?.minute ?? null,
        after?.count ?? null,
        after?.address ?? null,
        after?.productKey ?? null,
      ],
    );
  }
}

/** The narrowest way to what is wanted; the other conditions are looked at in the window. */
function windowOf({ filter, before, window }: AuditPage): {
  readonly text: string;
  readonly params: readonly unknown[];
} {
  const of = [before ?? newest, window];
  const { claimId, unit, orderId } = filter;
  if (claimId !== undefined) return { text: windows.claim, params: [...of, claimId] };
  if (unit !== undefined) return { text: windows.unit, params: [...of, unit] };
  if (orderId !== undefined) return { text: windows.order, params: [...of, orderId] };
  return { text: windows.all, params: [...of, null] };
}
