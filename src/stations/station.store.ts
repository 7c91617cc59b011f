import { Injectable } from '@nestjs/common';
import type { Proof, Provisioning } from '../core/lifecycle.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { StationSlot } from './slot-port.js';

/** A station with its slots, as it is stored. */
export interface StationRow {
  readonly id: number;
  readonly name: string;
  readonly line: string | null;
  readonly slots: readonly StationSlot[];
  readonly createdAt: Date;
  /** Since when it is out of service. */
  readonly disabledAt: Date | null;
}

/** What is to change of a station; what is left out stays. */
export interface StationChange {
  readonly name?: string | undefined;
  readonly line?: string | null | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** An open order as a station sees it. */
export interface OrderForStation {
  readonly id: number;
  readonly productKey: string;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  readonly remaining: number;
  readonly expiresAt: Date | null;
  readonly note: string | null;
}

const select = `SELECT s.id, s.name, s.line, s.created_at AS "createdAt",
  s.disabled_at AS "disabledAt", coalesce(
    (SELECT json_agg(json_build_object('slot', t.slot, 'port', t.port, 'dialect', t.dialect)
       ORDER BY t.slot) FROM station_slot t WHERE t.station_id = s.id), '[]') AS slots
  FROM station s`;

/** Stations and their slots in PostgreSQL. */
@Injectable()
export class StationStore {
  /** Answers the new station's number; undefined when the name is taken. */
  async insert(
    tx: Tx,
    station: { readonly name: string; readonly line: string | null },
  ): Promise<number | undefined> {
    const [row] = await rows<{ id: number }>(
      tx,
      `INSERT INTO station (name, line) VALUES ($1, $2)
       ON CONFLICT ON CONSTRAINT station_name_key DO NOTHING RETURNING id`,
      [station.name, station.line],
    );
    return row?.id;
  }

  async find(tx: Tx, id: number): Promise<StationRow | undefined> {
    const [row] = await rows<StationRow>(tx, `${select} WHERE s.id = $1`, [id]);
    return row;
  }

  async list(tx: Tx, after: number, limit: number): Promise<StationRow[]> {
    const sql = `${select} WHERE s.id > $1 ORDER BY s.id LIMIT $2`;
    return await rows<StationRow>(tx, sql, [after, limit]);
  }

  /** Keeps two changes of a station apart; answers it as it is. */
  async lock(tx: Tx, id: number): Promise<StationRow | undefined> {
    await rows(tx, 'SELECT FROM station WHERE id = $1 FOR UPDATE', [id]);
    return await this.find(tx, id);
  }

  async change(tx: Tx, id: number, { name, line, isDisabled }: StationChange): Promise<void> {
    await affected(
      tx,
      `UPDATE station SET name = coalesce($2, name),
         line = CASE WHEN $3 THEN $4 ELSE line END,
         disabled_at = CASE WHEN $5 THEN coalesce(disabled_at, now())
           WHEN NOT $5 THEN NULL ELSE disabled_at END
       WHERE id = $1`,
      [id, name ?? null, line !== undefined, line ?? null, isDisabled ?? null],
    );
  }

  async replaceSlots(tx: Tx, id: number, slots: readonly StationSlot[]): Promise<void> {
    await affected(tx, 'DELETE FROM station_slot WHERE station_id = $1', [id]);
    await rows(
      tx,
      `INSERT INTO station_slot (station_id, slot, port, dialect)
       SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[])`,
      [
        id,
        slots.map(({ slot }) => slot),
        slots.map(({ port }) => port),
        slots.map(({ dialect }) => dialect),
      ],
    );
  }

  /** The open orders that a station may use, newest first. */
  async openOrders(tx: Tx, stationId: number, limit: number): Promise<OrderForStation[]> {
    return await rows<OrderForStation>(
      tx,
      `SELECT o.id, p.product_key AS "productKey", o.provisioning,
         o.accept_volatile AS "acceptVolatile", o.accept_proofs AS "acceptProofs",
         o.expires_at AS "expiresAt", o.note,
         least(c.quota - c.shown, c.free) AS remaining
       FROM production_order o JOIN product p ON p.id = o.product_id
         JOIN order_count c ON c.order_id = o.id
       WHERE o.state = 'open' AND o.held_at IS NULL AND o.kind <> 'standing'
         AND (o.expires_at IS NULL OR o.expires_at > now())
         AND (NOT EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id)
           OR EXISTS (SELECT FROM order_station s WHERE s.order_id = o.id AND s.station_id = $1))
       ORDER BY o.id DESC LIMIT $2`,
      [stationId, limit],
    );
  }
}
