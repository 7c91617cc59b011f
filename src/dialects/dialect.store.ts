import { Injectable } from '@nestjs/common';
import type { Dialect } from '../at/dialect.js';
import { publicId } from '../core/public-id.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** A dialect that an engineer has added. Shape: `body` is as it was checked by the version that took it. */
export interface DialectRow {
  readonly id: string;
  readonly body: unknown;
  readonly revision: number;
  readonly changedAt: Date;
  readonly changedBy: string;
}

const columns = `id, body, revision, changed_at AS "changedAt", changed_by AS "changedBy"`;

/** Own dialects in PostgreSQL. */
@Injectable()
export class DialectStore {
  async find(tx: Tx, id: string): Promise<DialectRow | undefined> {
    const [row] = await rows<DialectRow>(tx, `SELECT ${columns} FROM dialect WHERE id = $1`, [id]);
    return row;
  }

  async list(tx: Tx): Promise<DialectRow[]> {
    return await rows<DialectRow>(tx, `SELECT ${columns} FROM dialect ORDER BY id`);
  }

  /** The dialects of these ids; none of them goes before the transaction has ended. */
  async hold(tx: Tx, ids: readonly string[]): Promise<DialectRow[]> {
    const sql = `SELECT ${columns} FROM dialect WHERE id = ANY ($1) ORDER BY id FOR SHARE`;
    return await rows<DialectRow>(tx, sql, [ids]);
  }

  /** Adds a dialect, or replaces it where it differs; answers it as it then is where it has changed. */
  async put(tx: Tx, dialect: Dialect, by: string): Promise<DialectRow | undefined> {
    const [row] = await rows<DialectRow>(
      tx,
      `INSERT INTO dialect (id, body, created_by, changed_by) VALUES ($1, $2, $3, $3)
       ON CONFLICT ON CONSTRAINT dialect_pkey DO UPDATE SET body = excluded.body,
         revision = dialect.revision + 1, changed_at = now(), changed_by = excluded.changed_by
       WHERE dialect.body <> excluded.body RETURNING ${columns}`,
      [dialect.id, JSON.stringify(dialect), by],
    );
    return row;
  }

  /** Keeps others from naming a dialect; false when there is none. */
  async lock(tx: Tx, id: string): Promise<boolean> {
    return (await rows(tx, 'SELECT FROM dialect WHERE id = $1 FOR UPDATE', [id])).length > 0;
  }

  async remove(tx: Tx, id: string): Promise<void> {
    await affected(tx, 'DELETE FROM dialect WHERE id = $1', [id]);
  }

  /** Slots that name a dialect. Shape: `st-3 slot 2`, some of them. */
  async slotsNaming(tx: Tx, id: string): Promise<string[]> {
    const named = await rows<{ stationId: number; slot: number }>(
      tx,
      `SELECT station_id AS "stationId", slot FROM station_slot WHERE dialect = $1
       ORDER BY station_id, slot LIMIT 10`,
      [id],
    );
    return named.map(({ stationId, slot }) => `${publicId('st', stationId)} slot ${slot}`);
  }
}
