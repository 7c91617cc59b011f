import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import { isSameSignature, sign } from '../core/signing.js';
import { isDeviceName } from '../core/triple.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Presence } from '../devices/presence.js';
import { createBatcher } from '../platform/batcher.js';
import type { BatchOutcome, Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { Signals } from '../platform/signals/signals.js';
import { ProductDirectory } from '../products/product-directory.js';
import { DeviceLoginStore } from './device-login.store.js';
import type { Activation, ActivationOutcome, LoginDevice, LoginKey } from './device-login.store.js';
import { FailedLogins } from './failed-logins.js';
import type { LoginFinding } from './failed-logins.js';
import type { LoginClaim } from './login-request.js';

/** No product has this id: what is unknown costs the same read as what is known. */
const noProductId = 0;

/** What a row says of a login. */
type Judgement =
  | { readonly finding: 'granted'; readonly device: LoginDevice }
  | { readonly finding: 'stranger' | 'device_disabled' };

/**
 * Checks the logins of devices that sign with their secret, and activates a device at its first one.
 *
 * A stranger costs the same work whatever he names, so time tells him nothing (DESIGN rule 10).
 */
@Injectable()
export class SecretLoginService {
  readonly #failed: FailedLogins<LoginDevice>;
  readonly #reads: Batcher<LoginKey, LoginDevice | undefined>;
  readonly #activations: Batcher<Activation, ActivationOutcome>;

  constructor(
    private readonly database: Database,
    private readonly store: DeviceLoginStore,
    private readonly secrets: DeviceSecrets,
    private readonly products: ProductDirectory,
    private readonly presence: Presence,
    signals: Signals,
  ) {
    this.#failed = new FailedLogins(signals);
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

  /** Errors: `database.away`, `service.overloaded`. */
  async logIn(claim: LoginClaim, address: string): Promise<LoginFinding> {
    const { productKey } = claim;
    const deviceName = isDeviceName(claim.deviceName) ? claim.deviceName : '';
    const productId = this.products.find(productKey)?.id ?? noProductId;
    const judgement = await this.#failed.judge(
      [productKey, deviceName],
      () => this.#reads.submit({ productId, deviceName }),
      (device) => this.#judge({ ...claim, deviceName }, device),
    );
    if (judgement.finding !== 'granted') return judgement.finding;
    const { device } = judgement;
    if (!device.isActivated || device.state === 'free')
      return await this.#activate(device, address);
    if (device.isAwaited) await this.presence.note({ deviceId: device.id, address });
    return 'granted';
  }

  async #judge(claim: LoginClaim, device: LoginDevice | undefined): Promise<Judgement> {
    const secret = await this.#secretOf(claim, device);
    const isSigned = isSameSignature(sign(claim.method, secret, claim.content), claim.signature);
    if (!isSigned || !device || !isAlive(device)) return { finding: 'stranger' };
    return device.isDisabled ? { finding: 'device_disabled' } : { finding: 'granted', device };
  }

  #secretOf(
    { productKey, deviceName }: LoginClaim,
    device: LoginDevice | undefined,
  ): Promise<Secret> {
    const names = { productKey, deviceName };
    if (!device) return this.secrets.deriveDecoy(names);
    const { orderId, generation, given } = device;
    return this.secrets.derive({ ...names, orderId, generation, given });
  }

  async #activate(device: LoginDevice, address: string): Promise<LoginFinding> {
    const { id: deviceId, generation } = device;
    const outcome = await this.#activations.submit({ deviceId, generation, address });
    return outcome === 'activated' || outcome === 'active' ? 'granted' : outcome;
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
