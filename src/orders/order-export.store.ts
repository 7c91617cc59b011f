import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type {
  ClaimedAfterExport,
  ExportProgress,
  ExportRow,
  ExportState,
  NewExport,
} from './order-export.js';

const select = `SELECT id, order_id AS "orderId", exported_at AS "exportedAt",
    exported_by AS "exportedBy", format, recipients, expected, given, state, seen_at AS "seenAt"
  FROM order_export`;

/** Exports in PostgreSQL. */
@Injectable()
export class OrderExportStore {
  async begin(tx: Tx, started: NewExport): Promise<number> {
    const { actor, orderId, format, recipients, first, last, expected } = started;
    const [row] = await rows<{ id: number }>(
      tx,
      `INSERT INTO order_export
         (order_id, exported_by, format, recipients, first_device_id, last_device_id, expected)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [orderId, actor.label, format, recipients, first, last, expected],
    );
    return row?.id ?? 0;
  }

  /** Tells how far a running export is, and that somebody still sees to it. */
  async progress(tx: Tx, id: number, given: number): Promise<void> {
    await affected(
      tx,
      `UPDATE order_export SET given = $2, seen_at = now() WHERE id = $1 AND state = 'running'`,
      [id, given],
    );
  }

  /**
   * Ends an export; false if it has ended already.
   *
   * Shape: the devices of one that broke off reach no further than what was handed on.
   */
  async end(
    tx: Tx,
    id: number,
    state: Exclude<ExportState, 'running'>,
    { given, lastId }: ExportProgress,
  ): Promise<boolean> {
    const sql = `UPDATE order_export SET state = $2, given = $3, seen_at = now(),
        last_device_id = CASE WHEN $2 = 'complete' THEN last_device_id ELSE $4 END
      WHERE id = $1 AND state = 'running'`;
    return (await affected(tx, sql, [id, state, given, lastId])) === 1;
  }

  async find(tx: Tx, orderId: number, id: number): Promise<ExportRow | undefined> {
    const sql = `${select} WHERE order_id = $1 AND id = $2`;
    const [row] = await rows<ExportRow>(tx, sql, [orderId, id]);
    return row;
  }

  /** Shape: newest first, those older than `before` (an id), if one is given. */
  async list(tx: Tx, orderId: number, before: number | null, limit: number): Promise<ExportRow[]> {
    return await rows<ExportRow>(
      tx,
      `${select} WHERE order_id = $1 AND ($2::integer IS NULL OR id < $2)
       ORDER BY id DESC LIMIT $3`,
      [orderId, before, limit],
    );
  }

  /**
   * Finds triples that a station claimed although a file had told them before.
   *
   * Shape: by claim id, those after `after`; each with the first such export. An export that nobody
   * ended may have told everything.
   */
  async claimedAfterExport(tx: Tx, after: number, limit: number): Promise<ClaimedAfterExport[]> {
    return await rows<ClaimedAfterExport>(
      tx,
      `SELECT c.id::float8 AS "claimId", c.created_at AS "claimedAt", c.order_id AS "orderId",
         p.product_key AS "productKey", d.name AS "deviceName", c.unit,
         c.station_id AS "stationId", e.id AS "exportId", e.exported_at AS "exportedAt",
         e.exported_by AS "exportedBy"
       FROM claim c
         CROSS JOIN LATERAL (
           SELECT id, exported_at, exported_by FROM order_export
           WHERE order_id = c.order_id AND exported_at < c.created_at
             AND c.device_id BETWEEN first_device_id AND last_device_id
           ORDER BY id LIMIT 1) e
         JOIN device d ON d.id = c.device_id
         JOIN product p ON p.id = d.product_id
       WHERE c.id > $1 ORDER BY c.id LIMIT $2`,
      [after, limit],
    );
  }
}
