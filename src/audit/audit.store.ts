import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { AuditEvent, ProvenRefusal } from './audit-event.js';
import type { Counted } from './write-behind.js';

/** Writes the history; there is no way to change it. */
@Injectable()
export class AuditStore {
  /** Records one event in the transaction of the deed itself. */
  async record(tx: Tx, event: AuditEvent): Promise<void> {
    await rows(
      tx,
      `INSERT INTO audit_event
         (action, actor, address, product_key, device_name, order_id, claim_id, unit, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        event.action,
        event.actor.label,
        event.actor.address,
        event.productKey ?? null,
        event.deviceName ?? null,
        event.orderId ?? null,
        event.claimId ?? null,
        event.unit ?? null,
        JSON.stringify(event.detail ?? {}),
      ],
    );
  }

  /** Records refusals of proven callers, one row for all that were alike in a minute. */
  async recordRefusals(tx: Tx, refusals: readonly Counted<ProvenRefusal>[]): Promise<void> {
    await rows(
      tx,
      `INSERT INTO audit_event (action, actor, address, product_key, device_name, detail)
       SELECT action, 'device', address, product_key, device_name,
         jsonb_build_object('protocol', protocol, 'reason', reason, 'count', count, 'minute', minute)
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
         $7::integer[], $8::text[]) WITH ORDINALITY
         AS t (action, address, product_key, device_name, protocol, reason, count, minute, position)
       ORDER BY position`,
      [
        refusals.map(({ what }) => what.action),
        refusals.map(({ what }) => what.address),
        refusals.map(({ what }) => what.productKey),
        refusals.map(({ what }) => what.deviceName),
        refusals.map(({ what }) => what.protocol),
        refusals.map(({ what }) => what.reason),
        refusals.map(({ count }) => count),
        refusals.map(({ minute }) => minute.toISOString()),
      ],
    );
  }

  /**
   * Adds to the counts of strangers' refusals.
   *
   * Shape: one entry per minute, address and product key; in their order, so replicas never deadlock.
   */
  async countStrangers(
    tx: Tx,
    counts: readonly {
      readonly minute: Date;
      readonly address: string;
      readonly productKey: string;
      readonly count: number;
    }[],
  ): Promise<void> {
    await rows(
      tx,
      `INSERT INTO stranger_refusal (minute, address, product_key, count)
       SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::integer[])
         AS t (minute, address, product_key, count)
       ORDER BY minute, address, product_key
       ON CONFLICT ON CONSTRAINT stranger_refusal_pkey
         DO UPDATE SET count = stranger_refusal.count + excluded.count`,
      [
        counts.map((row) => row.minute),
        counts.map((row) => row.address),
        counts.map((row) => row.productKey),
        counts.map((row) => row.count),
      ],
    );
  }
}
