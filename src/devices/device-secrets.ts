import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { deriveDeviceSecret, deriveDeviceToken, orderKeyBytes } from '../core/key-derivation.js';
import type { Secret } from '../core/secret.js';
import { Database } from '../platform/database/database.js';
import { KeyRing } from '../platform/keys/key-ring.js';
import { GivenSecrets } from './given-secrets.js';
import { openGiven, sealGiven } from './given-seal.js';
import type { DeviceNames } from './given-seal.js';
import { OrderKeysStore } from './order-keys.store.js';

/** Order keys never change, so they may be kept; each is 32 bytes. */
const cacheSize = 10_000;

/** What a device secret follows from, besides the key of its order. */
export interface DerivedFrom extends DeviceNames {
  readonly generation: number;
  /** The sealed secret that the device brought, where it was read with the device; null is none. */
  readonly given?: Buffer | null;
}

/** What the token of a unit follows from: the key of its standing order, and its names. */
export interface UnitToken extends DeviceNames {
  readonly orderId: number;
  readonly clientId: string;
}

/** The key of a new order. */
export interface NewOrderKey {
  readonly sealed: Buffer;
  /** Seals a secret that a device of this order brings. */
  sealGiven(device: DeviceNames, secret: Secret): Buffer;
}

interface OrderKey {
  readonly key: Buffer;
  readonly isImport: boolean;
}

/**
 * Derives device secrets and tokens; an order key never leaves this class.
 *
 * The first secret of an imported device (generation 0) is the one it brought; after a reset its
 * secrets are derived like all others.
 */
@Injectable()
export class DeviceSecrets {
  readonly #keys = new Map<number, Promise<OrderKey>>();
  readonly #decoy = Promise.resolve({ key: randomBytes(orderKeyBytes), isImport: false });

  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly store: OrderKeysStore,
    private readonly given: GivenSecrets,
  ) {}

  /** Makes the key of a new order, sealed and bound to it. */
  makeSealedOrderKey(orderId: number): Buffer {
    return this.makeOrderKey(orderId).sealed;
  }

  /** Makes the key of a new order that takes in secrets before it exists. */
  makeOrderKey(orderId: number): NewOrderKey {
    const key = randomBytes(orderKeyBytes);
    return {
      sealed: this.ring.seal(key, orderKeyContext(orderId)),
      sealGiven: sealGiven(key),
    };
  }

  /**
   * Derives the secret of one device. Shape: 32 lower-case hex digits, or what the device brought.
   *
   * What it brought is read when `given` is left out, for imports only; where a stranger can measure
   * the time, read it with the device.
   */
  async derive(device: DerivedFrom & { readonly orderId: number }): Promise<Secret> {
    return await this.#derive(this.#orderKey(device.orderId), device);
  }

  /** Derives a secret that no device has, by the same steps: for names that nobody knows. */
  async deriveDecoy(names: DeviceNames): Promise<Secret> {
    return await this.#derive(this.#decoy, { ...names, generation: 0 });
  }

  async #derive(opening: Promise<OrderKey>, device: DerivedFrom): Promise<Secret> {
    const order = await opening;
    if (!hasGiven(order, device)) return deriveDeviceSecret(order.key, device);
    const given = device.given === undefined ? await this.given.find(device) : device.given;
    return openGivenSecret(order, { ...device, given });
  }

  /** Derives the token of one unit. Shape: 32 lower-case hex digits. */
  async deriveToken(unit: UnitToken): Promise<Secret> {
    return deriveDeviceToken((await this.#orderKey(unit.orderId)).key, unit);
  }

  /**
   * Answers the derivation for all devices of an order, for work on many of them.
   *
   * Shape: the devices of an import come with `given`.
   */
  async deriver(orderId: number): Promise<(device: DerivedFrom) => Secret> {
    const order = await this.#orderKey(orderId);
    return (device) =>
      hasGiven(order, device)
        ? openGivenSecret(order, device)
        : deriveDeviceSecret(order.key, device);
  }

  #orderKey(orderId: number): Promise<OrderKey> {
    const held = this.#keys.get(orderId);
    if (held) return held;
    if (this.#keys.size >= cacheSize) this.#keys.clear();
    const opening = this.#open(orderId);
    this.#keys.set(orderId, opening);
    opening.catch(() => this.#keys.delete(orderId));
    return opening;
  }

  async #open(orderId: number): Promise<OrderKey> {
    const found = await this.store.find(this.database.single, orderId);
    if (!found) throw new DomainError('internal', 'A device names an order that does not exist.');
    const key = await this.ring.open(found.sealed, orderKeyContext(orderId));
    return { key, isImport: found.isImport };
  }
}

function hasGiven(order: OrderKey, { generation }: DerivedFrom): boolean {
  return order.isImport && generation === 0;
}

function openGivenSecret({ key }: OrderKey, device: DerivedFrom): Secret {
  // A derived secret instead would let a unit fail, or be flashed wrong, in silence.
  if (!device.given) throw new DomainError('internal', 'An imported device has no secret.');
  return openGiven(key, device, device.given);
}

/** What the sealed key of an order is bound to. */
export function orderKeyContext(orderId: number | string): string {
  return `order-key/${orderId}`;
}
