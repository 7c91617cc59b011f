import { Injectable } from '@nestjs/common';
import { publicId } from '../core/public-id.js';
import { countersFrom } from '../orders/order-counters.js';
import { prepared } from '../platform/database/query.js';
import type { PreparedStatement } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ClaimMove } from './claim-move.js';

const movedCounters = countersFrom('l', {
  leased: '- d.from_leased',
  failed: '- d.from_failed + d.failed',
  confirmed: '+ d.confirmed',
  void: '+ d.void',
});

/**
 * Moves claims that are still as they were read. Locks as the leasing statement does: devices and
 * claims in the order of the items, which is by device id, then the counters by order id.
 *
 * What ends an open attempt writes it down. A confirmed claim stays so and stays counted so: only
 * its attempt ends, with a new proof or with the reason why it is doubted.
 */
const move: PreparedStatement = {
  name: 'claim-move',
  text: `WITH item AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS i (no integer, claim_id bigint, station_id integer,
      station text, was text, is_open boolean, attempt integer, generation integer, target text,
      proof text, is_volatile boolean, reason text, product_key text, actor text, address text)
  ), moving AS MATERIALIZED (
    SELECT i.*, i.was = 'confirmed' AS is_again, l.* FROM item i CROSS JOIN LATERAL (
      SELECT c.device_id, c.order_id, c.unit, c.slot, c.firmware, c.iccid, c.started_at, d.name
      FROM claim c JOIN device d ON d.id = c.device_id
      WHERE c.id = i.claim_id AND c.station_id = i.station_id AND c.state = i.was
        AND c.attempt = i.attempt AND (c.ended_at IS NULL) = i.is_open
        AND d.state = CASE i.was WHEN 'confirmed' THEN 'confirmed' ELSE 'leased' END
        AND d.generation = i.generation
      FOR UPDATE OF d, c) l
  ), moved AS (
    UPDATE claim c SET state = CASE WHEN m.is_again THEN c.state ELSE m.target END,
      proof = CASE WHEN m.is_again THEN coalesce(m.proof, c.proof) ELSE m.proof END,
      is_volatile = CASE WHEN m.proof IS NULL AND m.is_again THEN c.is_volatile
        ELSE m.is_volatile END,
      fail_reason = m.reason,
      ended_at = CASE WHEN m.is_open THEN now() ELSE c.ended_at END, changed_at = now()
    FROM moving m WHERE c.id = m.claim_id RETURNING m.no, c.changed_at
  ), ended AS (
    INSERT INTO attempt (claim_id, attempt, order_id, station_id, slot, unit, firmware, iccid,
      outcome, reason, proof, is_volatile, started_at)
    SELECT claim_id, attempt, order_id, station_id, slot, unit, firmware, iccid, target, reason,
      proof, is_volatile, started_at FROM moving WHERE is_open
  ), settled AS (
    UPDATE device d SET state = m.target FROM moving m
    WHERE d.id = m.device_id AND m.target <> 'failed' AND NOT m.is_again
  ), delta AS MATERIALIZED (
    SELECT order_id, count(*) FILTER (WHERE was = 'leased')::integer AS from_leased,
      count(*) FILTER (WHERE was = 'failed')::integer AS from_failed,
      count(*) FILTER (WHERE target = 'failed')::integer AS failed,
      count(*) FILTER (WHERE target = 'confirmed')::integer AS confirmed,
      count(*) FILTER (WHERE target = 'void')::integer AS void
    FROM moving WHERE NOT is_again GROUP BY order_id
  ), counter AS MATERIALIZED (
    SELECT c.* FROM order_count c JOIN delta d ON d.order_id = c.order_id
    ORDER BY c.order_id FOR UPDATE OF c
  ), counted AS (
    UPDATE order_count c SET ${movedCounters}
    FROM counter l JOIN delta d ON d.order_id = l.order_id WHERE c.order_id = l.order_id
  ), told AS (
    INSERT INTO audit_event
      (action, actor, address, product_key, device_name, order_id, claim_id, unit, detail)
    SELECT CASE WHEN m.target = 'void' THEN 'claim.voided'
        WHEN NOT m.is_again THEN 'claim.' || m.target
        WHEN m.target = 'failed' THEN 'claim.doubted' ELSE 'claim.reconfirmed' END, m.actor,
      m.address, m.product_key, m.name, m.order_id, m.claim_id, m.unit,
      jsonb_strip_nulls(jsonb_build_object('station', m.station, 'slot', m.slot,
        'attempt', m.attempt, 'proof', m.proof, 'volatile', nullif(m.is_volatile, false),
        'reason', m.reason))
    FROM moving m
  )
  SELECT no, changed_at AS "changedAt" FROM moved`,
};

/** Confirms, fails and voids claims, many in one statement. */
@Injectable()
export class ClaimMoveStore {
  /**
   * Makes the moves that still hold; the claims differ from each other.
   *
   * Shape: one answer per move, in order: when it was made, or undefined when the claim is no
   * longer as it was read.
   */
  async move(tx: Tx, moves: readonly ClaimMove[]): Promise<(Date | undefined)[]> {
    if (moves.length === 0) return [];
    const ordered = moves.map(itemOf).sort((one, other) => one.device_id - other.device_id);
    const items = JSON.stringify(ordered);
    const made = await prepared<{ no: number; changedAt: Date }>(tx, move, [items]);
    const byNo = new Map(made.map((row) => [row.no, row.changedAt]));
    return moves.map((_, no) => byNo.get(no));
  }
}

function itemOf({ actor, stationId, from, to, proof, isVolatile, reason }: ClaimMove, no: number) {
  return {
    no,
    claim_id: from.id,
    device_id: from.deviceId,
    station_id: stationId,
    station: publicId('st', stationId),
    was: from.state,
    is_open: from.endedAt === null,
    attempt: from.attempt,
    generation: from.generation,
    target: to,
    proof,
    is_volatile: isVolatile,
    reason,
    product_key: from.productKey,
    actor: actor.label,
    address: actor.address,
  };
}
