import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import { storableJson } from '../platform/database/storable-json.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Transcript } from './transcript.js';

const mostRuns = 5;
const shown = `claim_id::float8 AS "claimId", attempt, station_id AS "stationId", lines,
  kept_at AS "keptAt"`;

/** Transcripts of attempts in PostgreSQL. */
@Injectable()
export class TranscriptStore {
  /** Tells whether a station made an attempt of a claim, or is making it. */
  async isAttemptOf(
    tx: Tx,
    { claimId, attempt, stationId }: Pick<Transcript, 'claimId' | 'attempt' | 'stationId'>,
  ): Promise<boolean> {
    const found = await rows(
      tx,
      `SELECT FROM attempt WHERE claim_id = $1 AND attempt = $2 AND station_id = $3
       UNION ALL SELECT FROM claim WHERE id = $1 AND attempt = $2 AND station_id = $3`,
      [claimId, attempt, stationId],
    );
    return found.length > 0;
  }

  /** Keeps a transcript; one that is there already stays as it is. */
  async insert(tx: Tx, transcript: Omit<Transcript, 'keptAt'>): Promise<void> {
    const { claimId, attempt, stationId, lines } = transcript;
    await affected(
      tx,
      `INSERT INTO attempt_transcript (claim_id, attempt, station_id, lines)
       VALUES ($1, $2, $3, $4) ON CONFLICT ON CONSTRAINT attempt_transcript_pkey DO NOTHING`,
      [claimId, attempt, stationId, storableJson(lines)],
    );
  }

  /** The latest runs that kept what was said with the unit of a claim; undefined: not of this station. */
  async runsOf(
    tx: Tx,
    claimId: number,
    stationId: number | undefined,
  ): Promise<readonly number[] | undefined> {
    const [row] = await rows<{ runs: readonly number[] }>(
      tx,
      `SELECT ARRAY(SELECT l.run_id::float8 FROM run_slot l JOIN run r ON r.id = l.run_id
         WHERE l.claim_id = c.id AND l.transcript IS NOT NULL
           AND r.station_id = coalesce($2, r.station_id)
         ORDER BY l.run_id DESC LIMIT ${mostRuns}) AS runs
       FROM claim c WHERE c.id = $1 AND (c.station_id = coalesce($2, c.station_id)
         OR EXISTS (SELECT FROM attempt a WHERE a.claim_id = c.id AND a.station_id = $2))`,
      [claimId, stationId ?? null],
    );
    return row?.runs;
  }

  /** The transcripts of a claim, the newest first; undefined stands for all. */
  async find(
    tx: Tx,
    claimId: number,
    attempt: number | undefined,
    stationId: number | undefined,
  ): Promise<Transcript[]> {
    return await rows<Transcript>(
      tx,
      `SELECT ${shown} FROM attempt_transcript
       WHERE claim_id = $1 AND attempt = coalesce($2, attempt)
         AND station_id = coalesce($3, station_id)
       ORDER BY attempt DESC, kept_at DESC`,
      [claimId, attempt ?? null, stationId ?? null],
    );
  }
}
