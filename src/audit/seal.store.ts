import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { genesisHash, sealLabel, sealedColumns } from './seal-format.js';
import type { SealedColumn } from './seal-format.js';
import type { SealHead, SealMark } from './sealing.js';

/** Keeps other copies of the service from sealing at the same moment. */
const lockSpace = 0x7365616c;

/** The text of each column as it is sealed. */
const textOf: Readonly<Record<SealedColumn, string>> = {
  id: 'id::text',
  at: 'trunc(extract(epoch FROM at) * 1000000)::text',
  action: 'action',
  actor: 'actor',
  address: 'address',
  product_key: 'product_key',
  device_name: 'device_name',
  order_id: 'order_id::text',
  claim_id: 'claim_id::text',
  unit: 'unit',
  detail: 'detail::text',
};

/** All columns of a row as texts, for a reader that computes the digest itself. */
export const sealedTexts = sealedColumns
  .map((column) => `${textOf[column]} AS ${column}`)
  .join(', ');

const encoding = sealedColumns
  .map((column) => `coalesce(octet_length(${textOf[column]}) || ':' || ${textOf[column]}, '-')`)
  .join(' || ');

/** The database computes the hashes itself, so that sealing costs the service nothing. */
const sealStatement = `
  INSERT INTO audit_seal (seq, last_id, sealed_at, entries, hash)
  SELECT $1::bigint + 1, s.last_id, now(), s.entries, sha256(
    convert_to($5, 'UTF8') || $2::bytea || int8send($1::bigint + 1) || int8send(s.last_id)
      || int8send(trunc(extract(epoch FROM now()) * 1000000)::bigint) || s.entries)
  FROM (
    SELECT CASE WHEN count(*) < $6::integer THEN $4::bigint ELSE max(id) END AS last_id,
      string_agg(int8send(id) || digest, ''::bytea ORDER BY id) AS entries
    FROM (
      SELECT id, sha256(convert_to(${encoding}, 'UTF8')) AS digest FROM audit_event
      WHERE id > $3::bigint AND id <= $4::bigint ORDER BY id LIMIT $6::integer) e
  ) s WHERE s.entries IS NOT NULL`;

/** Writes seals. */
@Injectable()
export class SealStore {
  /**
   * Answers whether this transaction is the one that may seal now.
   *
   * Call it first: every later statement must see what was committed before it, whatever isolation
   * the database has for its default.
   */
  async isOurTurn(tx: Tx): Promise<boolean> {
    await affected(tx, 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
    const [lock] = await rows<{ held: boolean }>(
      tx,
      'SELECT pg_try_advisory_xact_lock($1, 0) AS held',
      [lockSpace],
    );
    return lock?.held ?? false;
  }

  /**
   * The last id given out, and then who is writing to the history.
   *
   * Two statements, in this order: who drew an id holds the lock of a writer from before he drew it
   * until his row is visible or gone.
   * Source: PostgreSQL 18 manual, 13.3.1 (ROW EXCLUSIVE) and 53.13 (pg_locks).
   */
  async mark(tx: Tx): Promise<SealMark> {
    const [drawn] = await rows<{ lastId: number; server: string }>(
      tx,
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END::float8 AS "lastId",
         pg_postmaster_start_time()::text AS server FROM audit_event_id_seq`,
    );
    const writing = await rows<{ writer: string }>(
      tx,
      `SELECT virtualtransaction AS writer FROM pg_locks
       WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
         AND relation = 'audit_event'::regclass
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const writers = writing.map(({ writer }) => writer);
    return { lastId: drawn?.lastId ?? 0, server: drawn?.server ?? '', writers };
  }

  /** The newest seal. Shape: before the first one seq 0, id 0 and a hash of zeros. */
  async head(tx: Tx): Promise<SealHead> {
    const [head] = await rows<SealHead>(
      tx,
      `SELECT seq::float8 AS seq, last_id::float8 AS "lastId", hash, sealed_at AS "sealedAt"
       FROM audit_seal ORDER BY seq DESC LIMIT 1`,
    );
    return head ?? { seq: 0, lastId: 0, hash: genesisHash, sealedAt: null };
  }

  /**
   * Seals the rows after the head up to an id, at most `limit` of them, as one seal.
   *
   * Shape: false where there is no row; then there is no seal either.
   */
  async seal(tx: Tx, head: SealHead, lastId: number, limit: number): Promise<boolean> {
    const params = [head.seq, head.hash, head.lastId, lastId, sealLabel, limit];
    return (await affected(tx, sealStatement, params)) > 0;
  }

  /** How many rows no seal covers yet, and when the oldest of them was written. */
  async unsealed(tx: Tx, head: SealHead): Promise<{ readonly count: number; since: Date | null }> {
    const [found] = await rows<{ count: number; since: Date | null }>(
      tx,
      'SELECT count(*)::float8 AS count, min(at) AS since FROM audit_event WHERE id > $1',
      [head.lastId],
    );
    return found ?? { count: 0, since: null };
  }
}
