import { Injectable } from '@nestjs/common';
import { parsePublicId } from '../core/public-id.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { affected, rows } from '../platform/database/query.js';
import { storableJson } from '../platform/database/storable-json.js';
import type { Tx } from '../platform/database/transaction.js';
import type { RunEventRow, RunEvents } from './run-event.js';

/** An event of a slot on its way to the table. */
export interface NewEvent {
  readonly id: number;
  readonly type: 'slot.phase' | 'slot.ended';
  readonly slot: number;
  readonly phase: SlotPhase | null;
  readonly at: Date;
}

/** What is known of a slot; without `outcome` it still works. */
export type SlotState = Pick<SlotResult, 'slot'> & Partial<SlotResult>;

type ReadRow = Omit<RunEvents, 'events'> & (RunEventRow | { readonly id: null });

/**
 * The events of runs in PostgreSQL.
 *
 * Why a table: a reader at another copy of the service, or after a restart, must find the numbers that
 * the first reader saw, and the order of phases of 64 slots is nowhere else. One row is one small event;
 * what a slot came to is joined from `run_slot`, so nothing is stored twice.
 * Shape: while a run works its process alone numbers the events, so there are no holes; the row of the
 * run, locked, keeps that process apart from one that takes the run for dead.
 */
@Injectable()
export class RunEventStore {
  /** Writes events and the state of slots, in one statement; nothing once the run has ended. */
  async write(
    tx: Tx,
    runId: number,
    events: readonly NewEvent[],
    slots: readonly SlotState[],
  ): Promise<void> {
    await affected(
      tx,
      `WITH mine AS MATERIALIZED (
         SELECT id FROM run WHERE id = $1 AND state = 'running' FOR SHARE),
       saved AS (
         UPDATE run_slot s SET outcome = r.outcome, reason = r.reason, detail = r.detail,
           dialect = coalesce(r.dialect, s.dialect), unit = coalesce(r.unit, s.unit),
           device_name = coalesce(r.device_name, s.device_name),
           claim_id = coalesce(r.claim_id, s.claim_id),
           is_volatile = r.is_volatile, tries = r.tries, duration_ms = r.duration_ms,
           transcript = r.transcript
         FROM mine, jsonb_to_recordset($3) AS r (slot integer, outcome text, reason text,
           detail text, dialect text, unit text, device_name text, claim_id bigint, is_volatile boolean,
           tries integer, duration_ms integer, transcript jsonb)
         WHERE s.run_id = mine.id AND s.slot = r.slot AND s.outcome IS NULL)
       INSERT INTO run_event (run_id, id, type, slot, phase, at)
       SELECT mine.id, e.id, e.type, e.slot, e.phase, e.at FROM mine, jsonb_to_recordset($2)
         AS e (id integer, type text, slot integer, phase text, at timestamptz)
       ON CONFLICT ON CONSTRAINT run_event_pkey DO NOTHING`,
      [runId, JSON.stringify(events), storableJson(slots.map(slotRow))],
    );
  }

  /** Notes the first event of a run. */
  async begin(tx: Tx, runId: number): Promise<void> {
    const sql = `INSERT INTO run_event (run_id, id, type) VALUES ($1, 1, 'run.started')`;
    await affected(tx, sql, [runId]);
  }

  /** Notes the end of runs that this transaction has ended, and of their slots where nobody has. */
  async close(tx: Tx, runIds: readonly number[]): Promise<void> {
    await affected(
      tx,
      `INSERT INTO run_event (run_id, id, type, slot)
       SELECT w.run_id, row_number() OVER (PARTITION BY w.run_id ORDER BY w.slot NULLS LAST)
           + coalesce((SELECT max(id) FROM run_event WHERE run_id = w.run_id), 0),
         CASE WHEN w.slot IS NULL THEN 'run.ended' ELSE 'slot.ended' END, w.slot
       FROM (SELECT unnest($1::bigint[]) AS run_id, NULL::integer AS slot
         UNION ALL
         SELECT s.run_id, s.slot FROM run_slot s WHERE s.run_id = ANY ($1::bigint[])
           AND NOT EXISTS (SELECT FROM run_event e
             WHERE e.run_id = s.run_id AND e.slot = s.slot AND e.type = 'slot.ended')) w`,
      [runIds],
    );
  }

  /** A run with its events after `after`, at most `most`; undefined when there is no such run. */
  async read(tx: Tx, runId: number, after: number, most: number): Promise<RunEvents | undefined> {
    const found = await rows<ReadRow>(
      tx,
      `SELECT r.id::float8 AS "runId", r.station_id AS "stationId", r.order_id AS "orderId",
         r.state, e.id, e.type, e.at, e.slot, e.phase, l.outcome, l.reason, l.unit,
         l.device_name AS "deviceName", l.is_volatile AS "isVolatile",
         l.duration_ms AS "durationMs", CASE e.type WHEN 'run.started' THEN
           (SELECT array_agg(slot ORDER BY slot) FROM run_slot WHERE run_id = r.id) END AS slots
       FROM run r
         LEFT JOIN LATERAL (SELECT * FROM run_event WHERE run_id = r.id AND id > $2
           ORDER BY id LIMIT $3) e ON true
         LEFT JOIN run_slot l ON l.run_id = r.id AND l.slot = e.slot AND e.type = 'slot.ended'
       WHERE r.id = $1 ORDER BY e.id`,
      [runId, after, most],
    );
    const [run] = found;
    if (!run) return undefined;
    const { stationId, orderId, state } = run;
    const events = found.filter((row): row is RunEventRow & ReadRow => row.id !== null);
    return { runId, stationId, orderId, state, events };
  }
}

function slotRow(state: SlotState): Readonly<Record<string, unknown>> {
  const { imei, sn, mac } = state.unit ?? {};
  return {
    slot: state.slot,
    outcome: state.outcome ?? null,
    reason: state.reason ?? null,
    detail: state.detail ?? null,
    dialect: state.dialect ?? null,
    unit: imei ?? sn ?? mac ?? null,
    device_name: state.deviceName ?? null,
    claim_id: state.claimId === undefined ? null : (parsePublicId('clm', state.claimId) ?? null),
    is_volatile: state.isVolatile ?? false,
    tries: state.tries ?? null,
    duration_ms: state.durationMs === undefined ? null : Math.round(state.durationMs),
    transcript: state.transcript ?? null,
  };
}
