import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { deriveDeviceSecret, deriveDeviceToken, orderKeyBytes } from '../core/key-derivation.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import { KeyRing } from '../platform/keys/key-ring.js';
import { OrderKeysStore } from './order-keys.store.js';

/** Order keys never change, so they may be kept; each is 32 bytes. */
const cacheSize = 10_000;

/** What a device secret follows from, besides the key of its order. */
export interface DerivedFrom {
  readonly productKey: string;
  readonly deviceName: string;
  readonly generation: number;
}

/** What the token of a unit follows from: the key of its standing order, and its names. */
export interface UnitToken {
  readonly orderId: number;
  readonly productKey: string;
  readonly deviceName: string;
  readonly clientId: string;
}

/** Derives device secrets and tokens; an order key never leaves this class. */
@Injectable()
export class DeviceSecrets {
  readonly #keys = new Map<number, Promise<Buffer>>();

  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly store: OrderKeysStore,
  ) {}

  /** Makes the key of a new order, sealed and bound to it. */
  makeSealedOrderKey(orderId: number): Buffer {
    return this.ring.seal(randomBytes(orderKeyBytes), orderKeyContext(orderId));
  }

  /** Derives the secret of one device. Shape: 32 lower-case hex digits. */
  async derive(device: DerivedFrom & { readonly orderId: number }): Promise<Secret> {
    return deriveDeviceSecret(await this.#orderKey(device.orderId), device);
  }

  /** Derives the token of one unit. Shape: 32 lower-case hex digits. */
  async deriveToken(unit: UnitToken): Promise<Secret> {
    return deriveDeviceToken(await this.#orderKey(unit.orderId), unit);
  }

  /** Answers the derivation for all devices of an order, for work on many of them. */
  async deriver(orderId: number): Promise<(device: DerivedFrom) => Secret> {
    const key = await this.#orderKey(orderId);
    return (device) => deriveDeviceSecret(key, device);
  }

  async #orderKey(orderId: number): Promise<Buffer> {
    const held = this.#keys.get(orderId);
    if (held) return await held;
    if (this.#keys.size >= cacheSize) this.#keys.clear();
    const opening = this.#open(orderId);
    this.#keys.set(orderId, opening);
    opening.catch(() => this.#keys.delete(orderId));
    return await opening;
  }

  async #open(orderId: number): Promise<Buffer> {
    const sealed = await this.store.sealedKey(this.database.single, orderId);
    if (!sealed) throw new DomainError('internal', 'A device names an order that does not exist.');
    return await this.ring.open(sealed, orderKeyContext(orderId));
  }
}

/** What the sealed key of an order is bound to. */
export function orderKeyContext(orderId: number | string): string {
  return `order-key/${orderId}`;
}
