import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import { DomainError } from '../core/errors.js';
import { randomText } from '../core/random-text.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { StandingOrderService } from '../orders/standing-order.service.js';
import type { KnownProduct } from '../products/product-directory.js';
import { OpenRegistrationStore } from './open-registration.store.js';
import type { NamedDevice } from './open-registration.store.js';
import type { Proof } from './proof.js';
import type { DeviceToken, RegistrationRefusal } from './registration.js';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Units: characters; C Link SDK 4.x holds at most 64. */
const clientIdLength = 22;

/** A proven caller that brings its own name. */
export interface OpenRequest {
  readonly deviceName: string;
  readonly address: string;
  readonly proof: Proof;
}

/** What came of it; a token, or why there is none. */
export type OpenOutcome =
  | { readonly verdict: 'granted'; readonly token: DeviceToken }
  | { readonly verdict: RegistrationRefusal };

type Refused = Exclude<OpenOutcome, { readonly verdict: 'granted' }>;

/**
 * Answers units whose names nobody registered before (`regnwl`).
 *
 * Shape: every call makes a fresh client id with its token, so a lost reply harms nobody. Only units
 * that logged in count towards the limit of a name; of the others the newest stay, twice the limit.
 * Source: Alibaba Cloud IoT, MQTT dynamic registration without pre-registration; what a repeat or a
 * sixth unit gets there is not documented.
 */
@Injectable()
export class OpenRegistrationService {
  constructor(
    private readonly database: Database,
    private readonly store: OpenRegistrationStore,
    private readonly secrets: DeviceSecrets,
    private readonly orders: StandingOrderService,
    private readonly audit: AuditStore,
  ) {}

  /** Errors: `database.away`, `service.overloaded`. */
  async register(product: KnownProduct, request: OpenRequest): Promise<OpenOutcome> {
    const clientId = randomText(letters, clientIdLength, randomBytes(4 * clientIdLength));
    const outcome = await this.database.inTransaction((tx) =>
      this.#register(tx, product, request, clientId),
    );
    if (outcome.verdict !== 'granted') return outcome;
    const { productKey } = product;
    const { deviceName } = request;
    const { orderId } = outcome;
    const deviceToken = await this.secrets.deriveToken({
      orderId,
      productKey,
      deviceName,
      clientId,
    });
    return { verdict: 'granted', token: { clientId, productKey, deviceName, deviceToken } };
  }

  async #register(
    tx: Tx,
    product: KnownProduct,
    request: OpenRequest,
    clientId: string,
  ): Promise<Refused | { readonly verdict: 'granted'; readonly orderId: number }> {
    if (!(await this.store.isCurrent(tx, product.id, product.version))) {
      return { verdict: 'policy_changed' };
    }
    const orderId = await this.orders.current(tx, product.id);
    const { deviceName, address, proof } = request;
    const held = await this.store.lockName(tx, product.id, deviceName);
    const refusal = await this.#refusal(tx, product, held);
    const usual = held?.registeredFrom ?? address;
    const detail = {
      protocol: 'aliyun-mqtt',
      ...(refusal ? { reason: refusal } : { clientId }),
      ...(held && !refusal && { repeat: true }),
      ...(usual !== address && { usualAddress: usual }),
      ...(proof === 'previous' && { previousProductSecret: true }),
    };
    if (!refusal) {
      const deviceId = held?.id ?? (await this.#makeDevice(tx, product, orderId, deviceName));
      const token = { deviceId, orderId, clientId, address };
      await this.store.insertToken(tx, token, 2 * product.policy.unitsPerName);
    }
    await this.audit.record(tx, {
      action: refusal ? 'registration.refused' : 'device.registered',
      actor: { label: 'device', address },
      productKey: product.productKey,
      deviceName,
      orderId,
      detail,
    });
    return refusal ? { verdict: refusal } : { verdict: 'granted', orderId };
  }

  async #refusal(
    tx: Tx,
    product: KnownProduct,
    held: NamedDevice | undefined,
  ): Promise<RegistrationRefusal | undefined> {
    if (!held) {
      const room = await this.store.roomOf(tx, product.id);
      return room !== null && room <= 0 ? 'product_quota_used_up' : undefined;
    }
    if (held.isVoid) return 'device_unknown';
    if (!held.isOpen) return 'device_held';
    if (held.isDisabled) return 'device_disabled';
    const active = await this.store.activeUnits(tx, held.id);
    return active >= product.policy.unitsPerName ? 'device_active' : undefined;
  }

  async #makeDevice(tx: Tx, product: KnownProduct, orderId: number, name: string): Promise<number> {
    const id = await this.store.insertDevice(tx, { orderId, productId: product.id, name });
    const isCounted = id !== undefined && (await this.store.countDevice(tx, orderId, product.id));
    // Somebody was faster with the name or with the last place; the next try meets what is now.
    if (!isCounted) throw new DomainError('service.overloaded', 'The same name at the same time.');
    return id;
  }
}
