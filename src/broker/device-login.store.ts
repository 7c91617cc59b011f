import { Injectable } from '@nestjs/common';
import type { DeviceState, OrderState } from '../core/lifecycle.js';
import { prepared } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { activateStatement } from './activate-statement.js';

/** A device as its login looks at it. */
export interface LoginDevice {
  readonly id: string;
  readonly orderId: number;
  readonly orderState: OrderState;
  readonly state: DeviceState;
  readonly generation: number;
  readonly isActivated: boolean;
  readonly isDisabled: boolean;
  /** Whether a station has its unit in hand and may yet take this login as a proof. */
  readonly isAwaited: boolean;
  /** The sealed secret that an imported device brought; read for all, so that time tells nothing. */
  readonly given: Buffer | null;
}

/** Which device to read; product 0 has none. */
export interface LoginKey {
  readonly productId: number;
  readonly deviceName: string;
}

/** The first login of a device. `generation` is the one its signature was checked with. */
export interface Activation {
  readonly deviceId: string;
  readonly generation: number;
  readonly address: string;
}

/**
 * What came of an activation: `stale` when the device was voided, disabled or reset meanwhile.
 */
export type ActivationOutcome = 'activated' | 'active' | 'quota_used_up' | 'stale';

const readStatement = {
  name: 'device-login-read',
  text: `SELECT d.id, d.order_id AS "orderId", o.state AS "orderState", d.state, d.generation,
      d.activated_at IS NOT NULL AS "isActivated", d.disabled_at IS NOT NULL AS "isDisabled",
      coalesce(c.is_open, false) AS "isAwaited", g.sealed AS given
    FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS wanted (product_id, name, place)
      LEFT JOIN LATERAL (SELECT * FROM device
        WHERE product_id = wanted.product_id AND name = wanted.name LIMIT 1) d ON true
      LEFT JOIN production_order o ON o.id = d.order_id
      LEFT JOIN LATERAL (SELECT sealed FROM given_secret
        WHERE device_id = d.id LIMIT 1) g ON true
      LEFT JOIN LATERAL (SELECT ended_at IS NULL AS is_open FROM claim
        WHERE device_id = d.id LIMIT 1) c ON true
    ORDER BY wanted.place`,
};

const activateMany = {
  name: 'device-login-activate',
  text: activateStatement('SKIP LOCKED'),
};
const activateOne = { name: 'device-login-activate-one', text: activateStatement('') };

/** Reads devices at their login and activates them, many in one statement. */
@Injectable()
export class DeviceLoginStore {
  /** Answers one entry per key, in order. */
  async read(tx: Tx, keys: readonly LoginKey[]): Promise<(LoginDevice | undefined)[]> {
    const found = await prepared<LoginDevice | { readonly id: null }>(tx, readStatement, [
      keys.map((key) => key.productId),
      keys.map((key) => key.deviceName),
    ]);
    return found.map((row) => (row.id === null ? undefined : row));
  }

  /**
   * Activates devices and tells the history, in one statement; one outcome per entry, in order.
   *
   * Shape: undefined for a device that somebody else holds just now; it wants `activateOne`.
   */
  async activate(
    tx: Tx,
    wanted: readonly Activation[],
  ): Promise<(ActivationOutcome | undefined)[]> {
    return await this.#activate(tx, activateMany, wanted);
  }

  /** Activates one device and waits for it if it must. */
  async activateOne(tx: Tx, wanted: Activation): Promise<ActivationOutcome | undefined> {
    const [outcome] = await this.#activate(tx, activateOne, [wanted]);
    return outcome;
  }

  async #activate(
    tx: Tx,
    statement: typeof activateMany,
    wanted: readonly Activation[],
  ): Promise<(ActivationOutcome | undefined)[]> {
    const found = await prepared<{ readonly outcome: ActivationOutcome | null }>(tx, statement, [
      wanted.map((one) => one.deviceId),
      wanted.map((one) => one.generation),
      wanted.map((one) => one.address),
    ]);
    return found.map((row) => row.outcome ?? undefined);
  }
}
