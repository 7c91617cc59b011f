import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Repeats, StatsOutcome, StatsScope, Tally } from './stats.js';

interface TallyRow {
  readonly by: Tally['by'];
  readonly outcome: number;
  readonly count: number;
  readonly stationId: number;
  readonly slot: number | null;
  readonly reason: string | null;
  readonly value: number;
}

/** The attempts of a scope. What is null is no condition, and the planner drops it. */
const inScope = `($1::integer[] IS NULL OR a.order_id = ANY ($1))
  AND ($2::integer IS NULL OR a.station_id = $2)
  AND ($3::timestamptz IS NULL OR a.ended_at >= $3)
  AND ($4::timestamptz IS NULL OR a.ended_at < $4)`;

/** Units: characters of a reason and hundredths of a second that are told apart at most. */
const longestReason = 100;
const longestCentis = 360_000;

/** How the statement names an outcome: groups of numbers cost less than groups of texts. */
const outcomes: readonly StatsOutcome[] = ['confirmed', 'failed', 'void', 'aborted'];

/** What says nothing of a unit: nobody tried to write it to the end. */
const isAborted = `a.reason IN ('aborted', 'batch_incomplete')`;

/** One reading of the attempts, added up in three ways. `date_part` is not numeric, hence fast. */
const tallies = `SELECT CASE WHEN grouping(station_id) = 0 THEN 'place'
      WHEN grouping(quarter) = 0 THEN 'quarter' ELSE 'duration' END AS by,
    outcome, station_id AS "stationId", slot, reason, coalesce(quarter, centis) AS value,
    count(*)::integer AS count
  FROM (SELECT a.station_id, a.slot, left(a.reason, ${longestReason}) AS reason,
      CASE WHEN a.outcome = 'confirmed' THEN 0 WHEN ${isAborted} THEN 3
        WHEN a.outcome = 'failed' THEN 1 ELSE 2 END AS outcome,
      floor(date_part('epoch', a.ended_at) / 900)::integer AS quarter,
      least(date_part('epoch', a.ended_at - a.started_at) * 100, ${longestCentis})::integer
        AS centis
    FROM attempt a WHERE ${inScope}) t
  GROUP BY GROUPING SETS ((station_id, slot, outcome, reason), (quarter, outcome),
    (centis, outcome))`;

/** Only a second attempt, or a second claim after a void one, makes a unit count more than once. */
const repeats = `WITH again AS MATERIALIZED (
    SELECT a.unit FROM attempt a WHERE ${inScope} AND a.attempt > 1
    UNION SELECT a.unit FROM claim a WHERE a.state = 'void'
      AND ($1::integer[] IS NULL OR a.order_id = ANY ($1))
      AND ($3::timestamptz IS NULL OR a.changed_at >= $3)
      AND ($4::timestamptz IS NULL OR a.created_at < $4)
  ), claims AS MATERIALIZED (
    SELECT c.id FROM again u CROSS JOIN LATERAL (
      (SELECT id FROM claim WHERE unit = u.unit AND state IN ('leased', 'failed', 'confirmed')
        LIMIT 1)
      UNION ALL
      (SELECT id FROM claim WHERE unit = u.unit AND state = 'void')) c
  ), unit AS (
    SELECT count(*) AS attempts, count(*) FILTER (WHERE t.is_passed) AS confirmed,
      (array_agg(t.is_passed ORDER BY t.ended_at, t.claim_id, t.attempt))[1] AS is_first,
      (array_agg(t.is_passed ORDER BY t.ended_at DESC, t.claim_id DESC, t.attempt DESC))[1]
        AS is_last
    FROM claims c CROSS JOIN LATERAL (
      SELECT a.unit, a.claim_id, a.attempt, a.ended_at, a.outcome = 'confirmed' AS is_passed
      FROM attempt a
      WHERE a.claim_id = c.id AND ${inScope} AND (${isAborted}) IS NOT TRUE OFFSET 0) t
    GROUP BY t.unit HAVING count(*) > 1
  )
  SELECT count(*)::integer AS units, coalesce(sum(attempts), 0)::integer AS attempts,
    coalesce(sum(confirmed), 0)::integer AS confirmed,
    count(*) FILTER (WHERE is_first)::integer AS first,
    count(*) FILTER (WHERE is_last)::integer AS last
  FROM unit`;

/** Counts attempts and units. */
@Injectable()
export class StatsStore {
  /** Lets all that a transaction reads be of one moment. */
  async freeze(tx: Tx): Promise<void> {
    await rows(tx, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  }

  async tallies(tx: Tx, scope: StatsScope): Promise<Tally[]> {
    return (await rows<TallyRow>(tx, tallies, params(scope))).map(tallyOf);
  }

  async repeats(tx: Tx, scope: StatsScope): Promise<Repeats> {
    const [row] = await rows<Repeats>(tx, repeats, params(scope));
    return row ?? { units: 0, attempts: 0, confirmed: 0, first: 0, last: 0 };
  }

  async orderExists(tx: Tx, id: number): Promise<boolean> {
    return (await rows(tx, 'SELECT id FROM production_order WHERE id = $1', [id])).length === 1;
  }

  /** The orders of a product, or of all; undefined when there is no such product. */
  async orderIds(tx: Tx, productKey: string | undefined): Promise<number[] | undefined> {
    const [row] = await rows<{ ids: number[]; exists: boolean }>(
      tx,
      `SELECT array(SELECT o.id FROM production_order o JOIN product p ON p.id = o.product_id
           WHERE $1::text IS NULL OR p.product_key = $1) AS ids,
         $1::text IS NULL OR EXISTS (SELECT FROM product WHERE product_key = $1) AS exists`,
      [productKey ?? null],
    );
    return row?.exists === true ? row.ids : undefined;
  }

  async stationNames(tx: Tx, ids: readonly number[]): Promise<Map<number, string>> {
    const found = await rows<{ id: number; name: string }>(
      tx,
      'SELECT id, name FROM station WHERE id = ANY ($1::integer[])',
      [ids],
    );
    return new Map(found.map(({ id, name }) => [id, name]));
  }
}

function params({ orderIds, stationId, since, until }: StatsScope): unknown[] {
  return [orderIds, stationId, since, until];
}

function tallyOf({ by, count, ...row }: TallyRow): Tally {
  const outcome = outcomes[row.outcome] ?? 'failed';
  switch (by) {
    case 'place':
      return { by, outcome, count, stationId: row.stationId, slot: row.slot, reason: row.reason };
    case 'quarter':
    case 'duration':
      return { by, outcome, count, value: row.value };
  }
}
