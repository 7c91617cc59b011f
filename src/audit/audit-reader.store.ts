import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { AuditFilter, AuditRow, StrangerRow } from './audit-row.js';

/** Reads the history, newest first. */
@Injectable()
export class AuditReaderStore {
  /** Shape: entries older than `before` (an id), if one is given. */
  async events(
    tx: Tx,
    filter: AuditFilter,
    before: string | null,
    limit: number,
  ): Promise<AuditRow[]> {
    return await rows<AuditRow>(
      tx,
      `SELECT id::text, at, action, actor, address, product_key AS "productKey",
         device_name AS "deviceName", order_id AS "orderId", claim_id::float8 AS "claimId", unit,
         detail
       FROM audit_event
       WHERE ($1::bigint IS NULL OR id < $1) AND ($2::text IS NULL OR product_key = $2)
         AND ($3::text IS NULL OR device_name = $3) AND ($4::text IS NULL OR action = $4)
         AND ($5::timestamptz IS NULL OR at >= $5)
       ORDER BY audit_event.id DESC LIMIT $6`,
      [
        before,
        filter.productKey ?? null,
        filter.deviceName ?? null,
        filter.action ?? null,
        filter.since ?? null,
        limit,
      ],
    );
  }

  /** Shape: the newest minutes first, in a minute those with most refusals. */
  async strangers(tx: Tx, since: Date | null, limit: number): Promise<StrangerRow[]> {
    return await rows<StrangerRow>(
      tx,
      `SELECT minute, address, product_key AS "productKey", count FROM stranger_refusal
       WHERE $1::timestamptz IS NULL OR minute >= $1
       ORDER BY minute DESC, count DESC, address, product_key LIMIT $2`,
      [since, limit],
    );
  }
}
