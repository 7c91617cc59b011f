import { Injectable } from '@nestjs/common';
import type { Outcome } from '../jig/slot-result.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { notOfSlot } from '../stations/attention.js';

/** What a slot came to in the runs of a time. Shape: `failures` the most frequent first. */
export interface SlotStats {
  readonly slot: number;
  readonly runs: number;
  readonly passes: number;
  readonly failures: readonly { readonly reason: string; readonly count: number }[];
  /** How many failed since the last that passed; those that tell nothing of the slot apart. */
  readonly failuresInARow: number;
  readonly lastRunId: number;
  readonly lastAt: Date;
  readonly lastOutcome: Outcome;
  readonly lastReason: string | null;
}

const stats = `WITH ended AS MATERIALIZED (
    SELECT l.slot, l.outcome, l.reason, r.id, r.started_at FROM run r
      JOIN run_slot l ON l.run_id = r.id
    WHERE r.station_id = $1 AND r.started_at >= $2 AND l.outcome IS NOT NULL),
  latest AS (SELECT DISTINCT ON (slot) * FROM ended ORDER BY slot, id DESC),
  passed AS (SELECT slot, max(id) AS id FROM ended WHERE outcome = 'PASS' GROUP BY slot),
  streak AS (SELECT e.slot, count(*)::integer AS count FROM ended e LEFT JOIN passed p USING (slot)
    WHERE e.outcome <> 'PASS' AND e.id > coalesce(p.id, 0) AND e.reason <> ALL ($3)
    GROUP BY e.slot),
  reasons AS (SELECT slot, reason, count(*)::integer AS count FROM ended
    WHERE outcome <> 'PASS' GROUP BY slot, reason),
  failed AS (SELECT slot, json_agg(json_build_object('reason', reason, 'count', count)
      ORDER BY count DESC, reason) AS failures FROM reasons GROUP BY slot),
  total AS (SELECT slot, count(*)::integer AS runs,
      (count(*) FILTER (WHERE outcome = 'PASS'))::integer AS passes FROM ended GROUP BY slot)
  SELECT slot, t.runs, t.passes, coalesce(f.failures, '[]') AS failures,
    coalesce(s.count, 0) AS "failuresInARow", l.id::float8 AS "lastRunId",
    l.started_at AS "lastAt", l.outcome AS "lastOutcome", l.reason AS "lastReason"
  FROM total t JOIN latest l USING (slot) LEFT JOIN failed f USING (slot)
    LEFT JOIN streak s USING (slot) ORDER BY slot`;

/** Counts what the slots of a station came to. */
@Injectable()
export class SlotStatsStore {
  async count(tx: Tx, stationId: number, since: Date): Promise<SlotStats[]> {
    return await rows<SlotStats>(tx, stats, [stationId, since, notOfSlot]);
  }
}
