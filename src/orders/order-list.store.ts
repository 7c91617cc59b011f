import { Injectable } from '@nestjs/common';
import type { ListKind, RowError } from '../core/device-list.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** A row of a list that is right as far as it can be seen by itself. */
export interface StagedRow {
  readonly place: number;
  readonly line: number;
  readonly name: string;
  readonly sealed: Buffer | null;
}

/** Rows at this number and more change how statements ought to be planned. */
const largeList = 1_000;

/** Lists of devices in PostgreSQL, from their first row until they are minted or refused. */
@Injectable()
export class OrderListStore {
  async begin(tx: Tx, orderId: number): Promise<void> {
    await affected(tx, 'INSERT INTO order_upload (order_id) VALUES ($1)', [orderId]);
  }

  /** Stages rows and notes errors; false when the upload was given up meanwhile. */
  async stage(
    tx: Tx,
    orderId: number,
    staged: readonly StagedRow[],
    errors: readonly RowError[],
  ): Promise<boolean> {
    const touched = await rows(
      tx,
      `WITH touched AS (
         UPDATE order_upload SET touched_at = now()
         WHERE order_id = $1 AND isfinite(touched_at) RETURNING order_id
       ), staged AS (
         INSERT INTO staged_device (order_id, place, line, name, sealed)
         SELECT t.order_id, r.* FROM touched t,
           unnest($2::integer[], $3::integer[], $4::text[], $5::bytea[]) r
       ), wrong AS (
         INSERT INTO order_row_error (order_id, line, "column", code, value)
         SELECT t.order_id, e.* FROM touched t,
           unnest($6::integer[], $7::text[], $8::text[], $9::text[]) e
         ON CONFLICT DO NOTHING
       )
       SELECT order_id FROM touched`,
      [
        orderId,
        staged.map((row) => row.place),
        staged.map((row) => row.line),
        staged.map((row) => row.name),
        staged.map((row) => row.sealed),
        errors.map((error) => error.line),
        errors.map((error) => error.column),
        errors.map((error) => error.code),
        errors.map((error) => error.value),
      ],
    );
    return touched.length === 1;
  }

  /** Notes every row whose name stands in the list before; of an import no name is kept. */
  async markRepeated(tx: Tx, orderId: number, kind: ListKind, count: number): Promise<void> {
    if (count >= largeList) await affected(tx, 'ANALYZE staged_device');
    await affected(
      tx,
      `INSERT INTO order_row_error (order_id, line, "column", code, value)
       SELECT $1, line, 'deviceName', 'row.name_repeated', CASE WHEN $2 THEN name END
       FROM (SELECT line, name, row_number() OVER (PARTITION BY name ORDER BY place) AS turn
         FROM staged_device WHERE order_id = $1) s
       WHERE turn > 1 ON CONFLICT DO NOTHING`,
      [orderId, kind === 'mint'],
    );
  }

  /** Keeps the upload from being given up until the end of the transaction; false when it was. */
  async keep(tx: Tx, orderId: number): Promise<boolean> {
    // A change and not only a lock: the clean-up that waits for it looks at the row again.
    const sql = `UPDATE order_upload SET touched_at = now()
      WHERE order_id = $1 AND isfinite(touched_at)`;
    return (await affected(tx, sql, [orderId])) === 1;
  }

  /** Lets the job that cleans up have what is left of an upload. */
  async giveUp(tx: Tx, orderId: number): Promise<void> {
    const sql = `UPDATE order_upload SET touched_at = '-infinity' WHERE order_id = $1`;
    await affected(tx, sql, [orderId]);
  }

  async countErrors(tx: Tx, orderId: number): Promise<number> {
    const sql = 'SELECT count(*)::integer AS count FROM order_row_error WHERE order_id = $1';
    const [row] = await rows<{ readonly count: number }>(tx, sql, [orderId]);
    return row?.count ?? 0;
  }

  /** Reads errors in the order of the file, after the last one that was read. */
  async errors(
    tx: Tx,
    orderId: number,
    after: Pick<RowError, 'line' | 'column'>,
    limit: number,
  ): Promise<RowError[]> {
    return await rows<RowError>(
      tx,
      `SELECT line, "column", code, value FROM order_row_error
       WHERE order_id = $1 AND (line, "column") > ($2, $3) ORDER BY line, "column" LIMIT $4`,
      [orderId, after.line, after.column, limit],
    );
  }
}
