import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor, AuditAction } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { LineSettings } from '../platform/line-settings.js';
import { Signals } from '../platform/signals/signals.js';
import { DeviceLifeStore } from './device-life.store.js';
import type { LockedDevice } from './device-life.store.js';
import { DeviceSecrets } from './device-secrets.js';
import { DeviceService } from './device.service.js';
import type { DeviceRow } from './device.js';

/** Which device an admin means. */
export interface DeviceRef {
  readonly productKey: string;
  readonly deviceName: string;
}

/** What admins do to single devices: reset, disable, enable, void, look at a secret. */
@Injectable()
export class DeviceLifeService {
  constructor(
    private readonly database: Database,
    private readonly store: DeviceLifeStore,
    private readonly devices: DeviceService,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
    private readonly line: LineSettings,
  ) {}

  /**
   * Gives a device a new secret and lets it register again; its unit must be written anew.
   *
   * Errors: `device.not_found`, `device.void`.
   */
  async reset(actor: Actor, device: DeviceRef): Promise<DeviceRow> {
    return await this.#move(actor, device, 'device.reset', async (tx, held) => {
      await this.store.reset(tx, held, this.line.leaseSeconds);
      const isProven = held.state === 'confirmed';
      await this.store.count(tx, held.orderId, {
        activated: held.isActivated ? -1 : 0,
        ...(isProven && { confirmed: -1, leased: 1 }),
      });
      return { generation: held.generation + 1 };
    });
  }

  /** Shuts a device out, its open connection included. Errors: `device.not_found`, `device.void`. */
  async disable(actor: Actor, device: DeviceRef): Promise<DeviceRow> {
    return await this.#switch(actor, device, true);
  }

  /** Lets a disabled device in again. Errors: `device.not_found`, `device.void`. */
  async enable(actor: Actor, device: DeviceRef): Promise<DeviceRow> {
    return await this.#switch(actor, device, false);
  }

  /** Gives a triple up for ever. Errors: `device.not_found`, `device.void`. */
  async void(actor: Actor, device: DeviceRef, reason: string): Promise<DeviceRow> {
    return await this.#move(actor, device, 'device.voided', async (tx, held) => {
      await this.store.void(tx, held, reason);
      await this.store.count(tx, held.orderId, { [counterOf(held)]: -1, void: 1 });
      return { reason };
    });
  }

  /**
   * Shows the triple of a device; the history tells who looked.
   *
   * Errors: `device.not_found`, `device.no_triple`.
   */
  async reveal(actor: Actor, device: DeviceRef): Promise<DeviceRow & { readonly secret: Secret }> {
    const row = await this.devices.get(device.productKey, device.deviceName);
    await this.database.inTransaction(async (tx) => {
      if (await this.store.hasTokens(tx, row.id)) {
        throw new DomainError('device.no_triple', `${device.deviceName} has no triple.`);
      }
      await this.audit.record(tx, {
        action: 'device.revealed',
        actor,
        ...device,
        orderId: row.orderId,
      });
    });
    return { ...row, secret: await this.secrets.derive(row) };
  }

  async #switch(actor: Actor, device: DeviceRef, isDisabled: boolean): Promise<DeviceRow> {
    const action = isDisabled ? 'device.disabled' : 'device.enabled';
    return await this.#move(actor, device, action, async (tx, held) => {
      if (held.isDisabled === isDisabled) return undefined;
      await this.store.setDisabled(tx, held, isDisabled);
      return {};
    });
  }

  /** One locked step; `step` answers the detail for the history, or undefined when nothing changed. */
  async #move(
    actor: Actor,
    device: DeviceRef,
    action: AuditAction,
    step: (tx: Tx, held: LockedDevice) => Promise<Record<string, unknown> | undefined>,
  ): Promise<DeviceRow> {
    const { productKey, deviceName } = device;
    await this.database.inTransaction(async (tx) => {
      const held = await this.store.lock(tx, productKey, deviceName);
      if (!held) {
        throw new DomainError('device.not_found', `${productKey} has no ${deviceName}.`);
      }
      if (held.state === 'void') throw new DomainError('device.void', `${deviceName} is void.`);
      const detail = await step(tx, held);
      if (!detail) return;
      const { orderId, claim } = held;
      const about = { productKey, deviceName, orderId, detail };
      const by = claim ? { claimId: claim.id, unit: claim.unit } : {};
      await this.audit.record(tx, { action, actor, ...about, ...by });
      await this.signals.send(tx, 'device', `${productKey} ${deviceName}`);
    });
    // Who asks next must not meet what is remembered here from before.
    void this.signals.tellHere('forget', `${productKey} ${deviceName}`);
    return await this.devices.get(productKey, deviceName);
  }
}

/** Where a device that is not void is counted. */
function counterOf({
  state,
  claim,
}: LockedDevice): 'free' | 'leased' | 'failed' | 'confirmed' | 'issued' {
  if (state === 'void') throw new DomainError('internal', 'A void device is counted for ever.');
  return state === 'leased' && claim?.state === 'failed' ? 'failed' : state;
}
