import { Injectable } from '@nestjs/common';
import type { ClaimState, DeviceState, OrderCount } from '../core/lifecycle.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** A device under lock, with the claim that holds it. */
export interface LockedDevice {
  readonly id: number;
  readonly orderId: number;
  readonly state: DeviceState;
  readonly generation: number;
  readonly isActivated: boolean;
  readonly isDisabled: boolean;
  readonly claim: { readonly id: number; readonly state: ClaimState; readonly unit: string } | null;
}

/** How the counters of an order change. */
export type CountChange = Partial<Record<Exclude<keyof OrderCount, 'quota' | 'minted'>, number>>;

/** Moves single devices on an admin's word; counters move in the same transaction. */
@Injectable()
export class DeviceLifeStore {
  /** Locks a device, then its claim: the order in which every writer does. */
  async lock(tx: Tx, productKey: string, deviceName: string): Promise<LockedDevice | undefined> {
    const [device] = await rows<Omit<LockedDevice, 'claim'>>(
      tx,
      `SELECT d.id::float8 AS id, d.order_id AS "orderId", d.state, d.generation,
         d.activated_at IS NOT NULL AS "isActivated", d.disabled_at IS NOT NULL AS "isDisabled"
       FROM product p JOIN device d ON d.product_id = p.id AND d.name = $2
       WHERE p.product_key = $1 FOR UPDATE OF d`,
      [productKey, deviceName],
    );
    if (!device) return undefined;
    const [claim] = await rows<NonNullable<LockedDevice['claim']>>(
      tx,
      'SELECT id::float8 AS id, state, unit FROM claim WHERE device_id = $1 FOR UPDATE',
      [device.id],
    );
    return { ...device, claim: claim ?? null };
  }

  /**
   * Gives a device a new secret and ends its tokens; a confirmed claim waits for the proof of its
   * next attempt.
   */
  async reset(tx: Tx, device: LockedDevice, leaseSeconds: number): Promise<void> {
    await affected(
      tx,
      `UPDATE device SET generation = generation + 1, activated_at = NULL,
         state = CASE state WHEN 'confirmed' THEN 'leased' ELSE state END WHERE id = $1`,
      [device.id],
    );
    await affected(
      tx,
      'UPDATE device_token SET void_at = now() WHERE device_id = $1 AND void_at IS NULL',
      [device.id],
    );
    await affected(
      tx,
      `UPDATE claim SET state = 'leased', proof = NULL, is_volatile = false, fail_reason = NULL,
         attempt = attempt + (ended_at IS NOT NULL)::integer, started_at = now(), ended_at = NULL,
         changed_at = now(), lease_until = now() + make_interval(secs => $2)
       WHERE device_id = $1 AND state = 'confirmed'`,
      [device.id, leaseSeconds],
    );
  }

  /** Tells whether the units of a device hold tokens, because they registered themselves. */
  async hasTokens(tx: Tx, deviceId: number): Promise<boolean> {
    const sql = 'SELECT id FROM device_token WHERE device_id = $1 LIMIT 1';
    return (await rows(tx, sql, [deviceId])).length > 0;
  }

  async setDisabled(tx: Tx, device: LockedDevice, isDisabled: boolean): Promise<void> {
    await affected(
      tx,
      'UPDATE device SET disabled_at = CASE WHEN $2 THEN now() END WHERE id = $1',
      [device.id, isDisabled],
    );
  }

  /** Gives a device up with the claim that holds it; an attempt that was open ends so. */
  async void(tx: Tx, device: LockedDevice, reason: string): Promise<void> {
    await affected(tx, `UPDATE device SET state = 'void' WHERE id = $1`, [device.id]);
    await affected(
      tx,
      `INSERT INTO attempt (claim_id, attempt, order_id, station_id, slot, unit, firmware, iccid,
         outcome, reason, started_at)
       SELECT id, attempt, order_id, station_id, slot, unit, firmware, iccid, 'void', $2, started_at
       FROM claim WHERE device_id = $1 AND state IN ('leased', 'confirmed') AND ended_at IS NULL`,
      [device.id, reason],
    );
    await affected(
      tx,
      `UPDATE claim SET state = 'void', proof = NULL, fail_reason = $2, changed_at = now(),
         ended_at = coalesce(ended_at, now()) WHERE device_id = $1 AND state <> 'void'`,
      [device.id, reason],
    );
  }

  async count(tx: Tx, orderId: number, change: CountChange): Promise<void> {
    const { free, leased, failed, confirmed, issued, shown, activated } = { ...none, ...change };
    await affected(
      tx,
      `UPDATE order_count SET free = free + $2, leased = leased + $3, failed = failed + $4,
         confirmed = confirmed + $5, issued = issued + $6, void = void + $7, shown = shown + $8,
         activated = activated + $9 WHERE order_id = $1`,
      [orderId, free, leased, failed, confirmed, issued, change.void ?? 0, shown, activated],
    );
  }
}

const none = { free: 0, leased: 0, failed: 0, confirmed: 0, issued: 0, shown: 0, activated: 0 };
