import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ApiKeyRow } from './api-key.js';

const columns = `id, name, role, station_id AS "stationId", prefix,
  created_at AS "createdAt", revoked_at AS "revokedAt"`;

/** The keys of the API in PostgreSQL. */
@Injectable()
export class ApiKeyStore {
  async insert(
    tx: Tx,
    key: Pick<ApiKeyRow, 'name' | 'role' | 'stationId' | 'prefix'> & { readonly digest: Buffer },
  ): Promise<ApiKeyRow | undefined> {
    const [row] = await rows<ApiKeyRow>(
      tx,
      `INSERT INTO api_key (name, role, station_id, prefix, digest) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT api_key_digest_key DO NOTHING RETURNING ${columns}`,
      [key.name, key.role, key.stationId, key.prefix, key.digest],
    );
    return row;
  }

  async findByDigest(tx: Tx, digest: Buffer): Promise<ApiKeyRow | undefined> {
    const [row] = await rows<ApiKeyRow>(tx, `SELECT ${columns} FROM api_key WHERE digest = $1`, [
      digest,
    ]);
    return row;
  }

  async hasAdmin(tx: Tx): Promise<boolean> {
    const [row] = await rows<{ found: boolean }>(
      tx,
      `SELECT EXISTS (SELECT FROM api_key WHERE role = 'admin' AND revoked_at IS NULL) AS found`,
      [],
    );
    return row?.found ?? false;
  }

  /** Serialises the making of the first admin key between processes. */
  async lockAdmins(tx: Tx): Promise<void> {
    await rows(tx, `SELECT pg_advisory_xact_lock(hashtext('triplemint admin key'))`, []);
  }

  async revoke(tx: Tx, id: number): Promise<boolean> {
    const revoked = await rows<{ id: number }>(
      tx,
      `UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id`,
      [id],
    );
    return revoked.length === 1;
  }

  async list(tx: Tx, after: number, limit: number): Promise<ApiKeyRow[]> {
    return await rows<ApiKeyRow>(
      tx,
      `SELECT ${columns} FROM api_key WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, limit],
    );
  }
}
