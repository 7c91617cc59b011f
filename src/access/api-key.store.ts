import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ApiKeyRow, KeyHolder, KeyUsed, NewKey } from './api-key.js';

/** When the validity of a key ends by itself; null is never. */
const end = 'least(k.expires_at, k.valid_until)';
const isValid = `k.revoked_at IS NULL AND (${end} IS NULL OR ${end} > now())`;

const columns = `k.id, k.name, k.role, k.station_id AS "stationId", k.prefix,
  CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN ${end} <= now() THEN 'expired'
    ELSE 'valid' END AS state,
  k.created_at AS "createdAt", k.revoked_at AS "revokedAt", k.expires_at AS "expiresAt",
  k.rotated_from AS "rotatedFrom", k.valid_until AS "validUntil",
  k.max_per_second AS "maxPerSecond", k.last_used_at AS "lastUsedAt",
  k.last_used_from AS "lastUsedFrom"`;

/** The keys of the API in PostgreSQL. */
@Injectable()
export class ApiKeyStore {
  /** Answers the new key; undefined when it exists already. */
  async insert(
    tx: Tx,
    key: NewKey & Pick<ApiKeyRow, 'prefix' | 'rotatedFrom'> & { readonly digest: Buffer },
  ): Promise<ApiKeyRow | undefined> {
    const [row] = await rows<ApiKeyRow>(
      tx,
      `INSERT INTO api_key AS k
         (name, role, station_id, prefix, digest, expires_at, max_per_second, rotated_from)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT ON CONSTRAINT api_key_digest_key DO NOTHING RETURNING ${columns}`,
      [
        key.name,
        key.role,
        key.stationId,
        key.prefix,
        key.digest,
        key.expiresAt,
        key.maxPerSecond,
        key.rotatedFrom,
      ],
    );
    return row;
  }

  /** Finds a key in whatever state it is. */
  async findByDigest(tx: Tx, digest: Buffer): Promise<ApiKeyRow | undefined> {
    const sql = `SELECT ${columns} FROM api_key k WHERE k.digest = $1`;
    const [row] = await rows<ApiKeyRow>(tx, sql, [digest]);
    return row;
  }

  /** Finds who holds a key that is valid. */
  async findHolder(tx: Tx, digest: Buffer): Promise<KeyHolder | undefined> {
    const [row] = await rows<KeyHolder>(
      tx,
      `SELECT k.id, k.name, k.role, k.station_id AS "stationId", s.name AS "stationName",
         s.disabled_at IS NOT NULL AS "isStationDisabled", k.max_per_second AS "maxPerSecond",
         (extract(epoch FROM ${end} - now()) * 1000)::float8 AS "validForMs"
       FROM api_key k LEFT JOIN station s ON s.id = k.station_id
       WHERE k.digest = $1 AND ${isValid}`,
      [digest],
    );
    return row;
  }

  /** Locks a key that is valid. */
  async lock(tx: Tx, id: number): Promise<ApiKeyRow | undefined> {
    const sql = `SELECT ${columns} FROM api_key k WHERE k.id = $1 AND ${isValid} FOR UPDATE`;
    const [row] = await rows<ApiKeyRow>(tx, sql, [id]);
    return row;
  }

  /** Locks the valid keys of a station, oldest first. */
  async lockOfStation(tx: Tx, stationId: number): Promise<ApiKeyRow[]> {
    return await rows<ApiKeyRow>(
      tx,
      `SELECT ${columns} FROM api_key k WHERE k.station_id = $1 AND ${isValid}
       ORDER BY k.id FOR UPDATE`,
      [stationId],
    );
  }

  /** The key that took the place of another and was not revoked. */
  async successor(tx: Tx, id: number): Promise<number | undefined> {
    const sql = 'SELECT id FROM api_key WHERE rotated_from = $1 AND revoked_at IS NULL';
    const [row] = await rows<{ id: number }>(tx, sql, [id]);
    return row?.id;
  }

  /** Ends the validity of a key after a while; answers when it ends. Units: seconds. */
  async endAfter(tx: Tx, id: number, seconds: number): Promise<Date | undefined> {
    const [row] = await rows<{ until: Date }>(
      tx,
      `UPDATE api_key k SET valid_until = now() + make_interval(secs => $2) WHERE k.id = $1
       RETURNING ${end} AS until`,
      [id, seconds],
    );
    return row?.until;
  }

  async hasAdmin(tx: Tx): Promise<boolean> {
    const sql = `SELECT FROM api_key k WHERE k.role = 'admin' AND ${isValid} LIMIT 1`;
    return (await rows(tx, sql)).length === 1;
  }

  /** Whether an admin would be left without this key; one that is being replaced does not count. */
  async hasOtherAdmin(tx: Tx, id: number): Promise<boolean> {
    const found = await rows(
      tx,
      `SELECT FROM api_key k WHERE k.role = 'admin' AND k.id <> $1 AND ${isValid}
         AND k.valid_until IS NULL LIMIT 1`,
      [id],
    );
    return found.length === 1;
  }

  /** Serialises what makes the first and ends the last admin key, between processes. */
  async lockAdmins(tx: Tx): Promise<void> {
    await rows(tx, `SELECT pg_advisory_xact_lock(hashtext('triplemint admin key'))`, []);
  }

  /** Answers what a key was before; undefined when there is none, or it is revoked already. */
  async revoke(tx: Tx, id: number): Promise<ApiKeyRow | undefined> {
    const [row] = await rows<ApiKeyRow>(
      tx,
      `WITH k AS MATERIALIZED (
         SELECT * FROM api_key k WHERE k.id = $1 AND k.revoked_at IS NULL FOR UPDATE
       ), revoked AS (
         UPDATE api_key a SET revoked_at = now() FROM k WHERE a.id = k.id
       )
       SELECT ${columns} FROM k`,
      [id],
    );
    return row;
  }

  async list(tx: Tx, after: number, limit: number, stationId: number | null): Promise<ApiKeyRow[]> {
    return await rows<ApiKeyRow>(
      tx,
      `SELECT ${columns} FROM api_key k
       WHERE k.id > $1 AND ($3::integer IS NULL OR k.station_id = $3) ORDER BY k.id LIMIT $2`,
      [after, limit, stationId],
    );
  }

  /** Notes when keys were used last, and from where; to the minute. */
  async noteUse(tx: Tx, used: readonly KeyUsed[]): Promise<void> {
    await affected(
      tx,
      `WITH used AS MATERIALIZED (
         SELECT id, date_trunc('minute', at) AS at, address
         FROM unnest($1::integer[], $2::timestamptz[], $3::text[]) AS u (id, at, address)
       ), found AS MATERIALIZED (
         SELECT k.id FROM api_key k JOIN used u ON u.id = k.id
         WHERE k.last_used_at IS NULL OR k.last_used_at < u.at ORDER BY k.id FOR UPDATE OF k
       )
       UPDATE api_key k SET last_used_at = u.at, last_used_from = u.address
       FROM found f JOIN used u ON u.id = f.id WHERE k.id = f.id`,
      [used.map(({ keyId }) => keyId), used.map(({ at }) => at), used.map(({ from }) => from)],
    );
  }
}
