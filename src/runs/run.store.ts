import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Run, RunHead, RunSlot, RunState } from './run.js';

/** The phase that a slot `s` has entered last. */
const lastPhase = `SELECT phase FROM run_event e WHERE e.run_id = s.run_id AND e.slot = s.slot
  AND e.phase IS NOT NULL ORDER BY e.id DESC LIMIT 1`;

const head = `SELECT id::float8 AS id, station_id AS "stationId", order_id AS "orderId", state,
    started_at AS "startedAt", abort_asked_at AS "abortAskedAt", ended_at AS "endedAt"
  FROM run`;

/** Runs and their slots in PostgreSQL. */
@Injectable()
export class RunStore {
  /** Notes a run and its slots; undefined while the station has another run under way. */
  async insert(
    tx: Tx,
    run: Pick<Run, 'stationId' | 'orderId'>,
    slots: readonly Pick<RunSlot, 'slot' | 'port' | 'dialect'>[],
  ): Promise<number | undefined> {
    const [row] = await rows<{ id: number }>(
      tx,
      `INSERT INTO run (station_id, order_id, state) VALUES ($1, $2, 'running')
       ON CONFLICT (station_id) WHERE state = 'running' DO NOTHING RETURNING id::float8 AS id`,
      [run.stationId, run.orderId],
    );
    if (!row) return undefined;
    const { id } = row;
    await affected(
      tx,
      `INSERT INTO run_slot (run_id, slot, port, dialect)
       SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[])`,
      [
        id,
        slots.map(({ slot }) => slot),
        slots.map(({ port }) => port),
        slots.map(({ dialect }) => dialect ?? ''), // the column takes no NULL
      ],
    );
    return id;
  }

  async find(tx: Tx, id: number): Promise<Run | undefined> {
    const [run] = await rows<RunHead>(tx, `${head} WHERE id = $1`, [id]);
    if (!run) return undefined;
    const slots = await rows<RunSlot>(
      tx,
      `SELECT slot, port, nullif(dialect, '') AS dialect, outcome, reason, detail, unit, device_name AS "deviceName",
         claim_id::float8 AS "claimId", is_volatile AS "isVolatile", tries,
         duration_ms AS "durationMs", transcript, (${lastPhase}) AS phase
       FROM run_slot s WHERE run_id = $1 ORDER BY slot`,
      [id],
    );
    return { ...run, slots };
  }

  /** Runs below a number, newest first, of one station or of all. */
  async list(tx: Tx, before: number, limit: number, stationId: number | null): Promise<RunHead[]> {
    const sql = `${head} WHERE id < $1 AND ($3::integer IS NULL OR station_id = $3)
      ORDER BY run.id DESC LIMIT $2`;
    return await rows<RunHead>(tx, sql, [before, limit, stationId]);
  }

  /** Ends a run; false when it has ended before. */
  async end(tx: Tx, id: number, state: Exclude<RunState, 'running'>): Promise<boolean> {
    const sql = `UPDATE run SET state = $2, ended_at = now() WHERE id = $1 AND state = 'running'`;
    return (await affected(tx, sql, [id, state])) === 1;
  }

  /** Asks whoever works on a run to end it. */
  async askAbort(tx: Tx, id: number): Promise<void> {
    const sql = `UPDATE run SET abort_asked_at = coalesce(abort_asked_at, now())
      WHERE id = $1 AND state = 'running'`;
    await affected(tx, sql, [id]);
  }

  /** Says that the process that runs them is alive; gives those that it is to end. */
  async touch(tx: Tx, ids: readonly number[]): Promise<number[]> {
    const touched = await rows<{ id: number; isToEnd: boolean }>(
      tx,
      `UPDATE run SET alive_at = now() WHERE id = ANY($1::bigint[])
       RETURNING id::float8 AS id, abort_asked_at IS NOT NULL OR state <> 'running' AS "isToEnd"`,
      [ids],
    );
    return touched.filter(({ isToEnd }) => isToEnd).map(({ id }) => id);
  }

  /**
   * Ends runs whose process has died; their claims stay leased, and what a slot held stays with it.
   *
   * Units: seconds of silence.
   */
  async abortSilent(tx: Tx, silentSeconds: number): Promise<number[]> {
    const ended = await rows<{ id: number }>(
      tx,
      `WITH silent AS (
         UPDATE run SET state = 'aborted', ended_at = now()
         WHERE state = 'running' AND alive_at < now() - make_interval(secs => $1)
         RETURNING id),
       slots AS (
         UPDATE run_slot s SET outcome = 'ABORTED', reason = 'service_stopped',
           detail = 'the service stopped; the last that is known: ' || (${lastPhase})
         FROM silent WHERE s.run_id = silent.id AND s.outcome IS NULL)
       SELECT id::float8 AS id FROM silent`,
      [silentSeconds],
    );
    return ended.map(({ id }) => id);
  }

  /** The run that a station has under way. */
  async running(tx: Tx, stationId: number): Promise<number | undefined> {
    const [row] = await rows<{ id: number }>(
      tx,
      `SELECT id::float8 AS id FROM run WHERE station_id = $1 AND state = 'running'`,
      [stationId],
    );
    return row?.id;
  }
}
