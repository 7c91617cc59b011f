import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StrangerCounter } from '../audit/stranger-counter.js';
import { DomainError } from '../core/errors.js';
import { deriveDeviceSecret, orderKeyBytes } from '../core/key-derivation.js';
import type { Secret } from '../core/secret.js';
import { isSameSignature, sign } from '../core/signing.js';
import { isDeviceName } from '../core/triple.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { createBatcher } from '../platform/batcher.js';
import type { BatchOutcome, Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { ReturnCode } from './connack.js';
import { DeviceLoginStore } from './device-login.store.js';
import type { Activation, ActivationOutcome, LoginDevice, LoginKey } from './device-login.store.js';
import { parseLogin, parseTokenLogin } from './login-request.js';
import type { LoginClaim, LoginRequest, TokenClaim } from './login-request.js';
import { TokenLoginService } from './token-login.service.js';

/** A device that proved its secret. */
export interface LoggedInDevice {
  readonly productKey: string;
  readonly deviceName: string;
  /** Told apart by it are the units that share a name, when they registered without pre-registration. */
  readonly clientId?: string;
}

/**
 * What a device has one connection for; a newer one ends the older.
 *
 * Shape: `productKey/deviceName`, and `/clientId` for units that share a name.
 */
export function connectionKey({ productKey, deviceName, clientId }: LoggedInDevice): string {
  const name = `${productKey}/${deviceName}`;
  return clientId === undefined ? name : `${name}/${clientId}`;
}

/** What a login comes to; `returnCode` as MQTT 3.1.1 counts them. */
export type LoginVerdict =
  | { readonly kind: 'granted'; readonly device: LoggedInDevice }
  | { readonly kind: 'refused'; readonly returnCode: ReturnCode };

/** No product has this id: what is unknown costs the same read as what is known. */
const noProductId = 0;

const refused = (returnCode: ReturnCode): LoginVerdict => ({ kind: 'refused', returnCode });

/**
 * Checks the logins of devices and activates a device at its first one.
 *
 * Shape: CONNACK 2 for a malformed client id, 4 alike for everything that did not prove the secret
 * of a living device, 5 for one that did and may not, 3 for trouble on our side. A stranger costs
 * the same work whatever he names, so time tells him nothing (DESIGN rule 10).
 * Source: Alibaba Cloud IoT, MQTT over TCP; C Link SDK 4.x takes 4 for a wrong triple.
 */
@Injectable()
export class DeviceLoginService {
  readonly #dummyKey = randomBytes(orderKeyBytes);
  readonly #reads: Batcher<LoginKey, LoginDevice | undefined>;
  readonly #activations: Batcher<Activation, ActivationOutcome>;

  constructor(
    private readonly database: Database,
    private readonly store: DeviceLoginStore,
    private readonly secrets: DeviceSecrets,
    private readonly products: ProductDirectory,
    private readonly strangers: StrangerCounter,
    private readonly tokens: TokenLoginService,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.#reads = createBatcher({
      run: async (keys) => (await this.store.read(this.database.single, keys)).map(done),
      runOne: async (key) => (await this.store.read(this.database.single, [key]))[0],
    });
    this.#activations = createBatcher({
      run: async (wanted) =>
        (await this.store.activate(this.database.single, wanted)).map(doneOrSingly),
      runOne: (wanted) => this.#activateOne(wanted),
      key: (wanted) => wanted.deviceId,
    });
  }

  /** Decides on a login; a device that is granted is activated, and that is committed. */
  async logIn(request: LoginRequest, address: string): Promise<LoginVerdict> {
    const claim = parseTokenLogin(request) ?? parseLogin(request);
    if (claim === 'identifier') return refused(2);
    if (claim === 'credentials') return refused(4);
    try {
      if ('token' in claim) return await this.#decideToken(claim, address);
      return await this.#decide(claim, address);
    } catch (error) {
      const isExpected = error instanceof DomainError && error.entry.kind === 'unavailable';
      this.log[isExpected ? 'warn' : 'error']({ err: error }, 'device_login.failed');
      return refused(3);
    }
  }

  async #decide(claim: LoginClaim, address: string): Promise<LoginVerdict> {
    const { productKey, deviceName } = claim;
    const device = await this.#reads.submit({
      productId: this.products.find(productKey)?.id ?? noProductId,
      deviceName: isDeviceName(deviceName) ? deviceName : '',
    });
    const secret = await this.#secretOf(claim, device);
    const isSigned = isSameSignature(sign(claim.method, secret, claim.content), claim.signature);
    if (!isSigned || !device || !isAlive(device)) {
      this.strangers.count(address, productKey);
      return refused(4);
    }
    if (device.isDisabled) return refused(5);
    const granted: LoginVerdict = { kind: 'granted', device: { productKey, deviceName } };
    if (device.isActivated && device.state !== 'free') return granted;
    return await this.#activate(device, address, granted);
  }

  async #decideToken(claim: TokenClaim, address: string): Promise<LoginVerdict> {
    const returnCode = await this.tokens.refusal(claim, address);
    const { productKey, deviceName, clientId } = claim;
    if (returnCode !== undefined) return refused(returnCode);
    return { kind: 'granted', device: { productKey, deviceName, clientId } };
  }

  async #activate(
    device: LoginDevice,
    address: string,
    granted: LoginVerdict,
  ): Promise<LoginVerdict> {
    const { id: deviceId, generation } = device;
    const outcome = await this.#activations.submit({ deviceId, generation, address });
    switch (outcome) {
      case 'activated':
      case 'active':
        return granted;
      case 'quota_used_up':
        return refused(5);
      case 'stale':
        return refused(3); // changed under the login: the next one meets what it is now
    }
  }

  async #secretOf(claim: LoginClaim, device: LoginDevice | undefined): Promise<Secret> {
    const { productKey, deviceName } = claim;
    const names = { productKey, deviceName: isDeviceName(deviceName) ? deviceName : '' };
    if (!device) return deriveDeviceSecret(this.#dummyKey, { ...names, generation: 0 });
    const { orderId, generation } = device;
    return await this.secrets.derive({ ...names, orderId, generation });
  }

  async #activateOne(wanted: Activation): Promise<ActivationOutcome> {
    const outcome = await this.database.inTransaction((tx) => this.store.activateOne(tx, wanted));
    if (outcome === undefined) throw new DomainError('internal', 'A device row is gone.');
    return outcome;
  }
}

/** A device whose triple may be in a unit. */
function isAlive(device: LoginDevice): boolean {
  return (
    device.state !== 'void' && device.orderState !== 'minting' && device.orderState !== 'refused'
  );
}

function done<T>(value: T): BatchOutcome<T> {
  return { kind: 'done', value };
}

function doneOrSingly(outcome: ActivationOutcome | undefined): BatchOutcome<ActivationOutcome> {
  return outcome === undefined ? { kind: 'singly' } : { kind: 'done', value: outcome };
}
