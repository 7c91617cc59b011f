import { Injectable } from '@nestjs/common';
import { affected, rows } from '../database/query.js';
import type { Tx } from '../database/transaction.js';
import type { KeptAnswer } from './kept-answer.js';

/** A request that carries a key. */
export interface KeyedRequest {
  readonly apiKeyId: number;
  readonly key: string;
  readonly fingerprint: Buffer;
}

/** What is kept of a request that was done. */
export interface KeptRequest extends KeptAnswer {
  readonly fingerprint: Buffer;
  readonly status: number;
}

interface Found extends KeptRequest {
  readonly isThere: boolean;
}

/** How long a repeat waits for the first request before it is told to come again. */
const patience = '1s';
/** How long a request is kept. */
const keptFor = `interval '7 days'`;

/** Requests done under a key, in PostgreSQL. */
@Injectable()
export class IdempotencyStore {
  /**
   * Takes a key for this transaction, and answers what is kept under it.
   *
   * Shape: the lock goes with the transaction, so nobody waits for one that died. A repeat looks in a
   * statement of its own, which sees what was committed while it waited.
   * Errors: 55P03 when another holds the key for longer than a second.
   */
  async take(tx: Tx, { apiKeyId, key }: KeyedRequest): Promise<KeptRequest | undefined> {
    const [lock] = await rows<{ usual: string }>(
      tx,
      `WITH usual AS MATERIALIZED (SELECT current_setting('lock_timeout') AS value),
         limited AS MATERIALIZED (
           SELECT value, set_config('lock_timeout', '${patience}', true) AS now FROM usual)
       SELECT value AS usual,
         pg_advisory_xact_lock(hashtextextended('idempotency ' || $1::text || ' ' || $2, 0))
       FROM limited WHERE now IS NOT NULL`,
      [apiKeyId, key],
    );
    const [found] = await rows<Found>(
      tx,
      `SELECT r.key IS NOT NULL AS "isThere", r.fingerprint, r.status, r.body, r.holes,
         usual.value
       FROM set_config('lock_timeout', $3, true) AS usual (value)
         LEFT JOIN idempotent_request r ON r.api_key_id = $1 AND r.key = $2`,
      [apiKeyId, key, lock?.usual ?? '0'],
    );
    return found?.isThere ? found : undefined;
  }

  async keep(
    tx: Tx,
    { apiKeyId, key, fingerprint }: KeyedRequest,
    { status, body, holes }: Omit<KeptRequest, 'fingerprint'>,
  ): Promise<void> {
    await affected(
      tx,
      `INSERT INTO idempotent_request (api_key_id, key, fingerprint, status, body, holes)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [apiKeyId, key, fingerprint, status, body, holes],
    );
  }

  /** Whether a request is there that has been kept long enough. */
  async hasExpired(tx: Tx): Promise<boolean> {
    const found = await rows(
      tx,
      `SELECT 1 FROM idempotent_request WHERE created_at < now() - ${keptFor} LIMIT 1`,
    );
    return found.length > 0;
  }

  /** Removes some of the requests that have been kept long enough, oldest first. */
  async removeExpired(tx: Tx, most: number): Promise<void> {
    await affected(
      tx,
      `DELETE FROM idempotent_request WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM idempotent_request WHERE created_at < now() - ${keptFor}
         ORDER BY created_at LIMIT $1))`,
      [most],
    );
  }
}
