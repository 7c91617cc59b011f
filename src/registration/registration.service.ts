import { Injectable } from '@nestjs/common';
import { StrangerCounter } from '../audit/stranger-counter.js';
import { isDeviceName } from '../core/triple.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { AddressLimit } from '../platform/limits/address-limit.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { KnownProduct } from '../products/product-directory.js';
import { OpenRegistrationService } from './open-registration.service.js';
import type { OpenOutcome } from './open-registration.service.js';
import { refusalByPolicy } from './policy-check.js';
import { parseSignedIdentity, proofOf } from './proof.js';
import type { Proof, SignedIdentity } from './proof.js';
import { RefusalGate } from './refusal-gate.js';
import type { Wish } from './refusal-gate.js';
import { RegistrationBatches } from './registration-batches.js';
import type { RegistrationRequest, RegistrationResult } from './registration.js';
import type { RegistrationItem, RegistrationOutcome } from './registration.store.js';

/** The first try, and one more with a fresh copy of the product. */
const maxTries = 2;

/** Longest device name that goes into the history as it was sent. */
const maxNameLength = 64;

/** Answers modules that ask for their secret with the product secret, whatever protocol they speak. */
@Injectable()
export class RegistrationService {
  readonly #reloading = new Map<string, Promise<void>>();

  constructor(
    private readonly addresses: AddressLimit,
    private readonly directory: ProductDirectory,
    private readonly gate: RefusalGate,
    private readonly batches: RegistrationBatches,
    private readonly open: OpenRegistrationService,
    private readonly secrets: DeviceSecrets,
    private readonly strangers: StrangerCounter,
  ) {}

  /**
   * Registers a device and answers its triple, or says why not.
   *
   * Shape: nothing but the address and the proof is looked at before the caller is proven (DESIGN
   * rule 10). The answer is given after the commit; the same request again gets the same secret until activation,
   * unless the policy rotates it; who wants a token gets a fresh one.
   * Errors: `database.away`, `service.overloaded`; to proven callers only.
   */
  async register(request: RegistrationRequest): Promise<RegistrationResult> {
    if (!this.addresses.take(request.address)) return this.#notProven(request, 'too_many');
    const identity = parseSignedIdentity(request);
    if (!identity) return this.#notProven(request, 'malformed');
    for (let tries = 1; ; tries += 1) {
      const product = this.directory.find(identity.productKey);
      const proof = proofOf(identity, product, new Date());
      if (!product || !proof) return this.#notProven(request, 'stranger');
      const item = itemOf(request, identity, product, proof);
      const wish: Wish = { product, item, wants: request.wants };
      const outcome = await this.gate.pass(wish, () => this.#decide(wish));
      if (outcome.verdict === 'granted') return await this.#granted(identity, outcome);
      const { verdict: reason } = outcome;
      if (reason !== 'policy_changed') return { kind: 'refused', reason };
      if (tries === maxTries) {
        this.gate.count(wish, reason);
        return { kind: 'refused', reason };
      }
      await this.#reload(product);
    }
  }

  async #decide({ product, item, wants }: Wish): Promise<RegistrationOutcome | OpenOutcome> {
    const isOpen = wants === 'token' && item.refusal === null;
    return isOpen ? await this.open.register(product, item) : await this.batches.submit(item);
  }

  #notProven(
    request: RegistrationRequest,
    kind: 'malformed' | 'stranger' | 'too_many',
  ): RegistrationResult {
    this.strangers.count(request.address, request.productKey ?? '');
    return { kind };
  }

  async #granted(
    { productKey, deviceName }: SignedIdentity,
    outcome: (RegistrationOutcome | OpenOutcome) & { readonly verdict: 'granted' },
  ): Promise<RegistrationResult> {
    if ('token' in outcome) return { kind: 'token', token: outcome.token };
    const { orderId, generation } = outcome;
    const from = { orderId, productKey, deviceName, generation };
    const deviceSecret = await this.secrets.derive(from);
    return { kind: 'granted', triple: { productKey, deviceName, deviceSecret } };
  }

  /** Callers that met the same stale copy share one reading. */
  #reload({ productKey, version }: KnownProduct): Promise<void> {
    const key = `${version} ${productKey}`;
    const running = this.#reloading.get(key);
    if (running) return running;
    const reading = this.directory.reload(productKey).finally(() => this.#reloading.delete(key));
    this.#reloading.set(key, reading);
    return reading;
  }
}

function itemOf(
  request: RegistrationRequest,
  { deviceName }: SignedIdentity,
  product: KnownProduct,
  proof: Proof,
): RegistrationItem {
  const { address, protocol } = request;
  return {
    productId: product.id,
    productVersion: product.version,
    deviceName: deviceName.slice(0, maxNameLength),
    address,
    protocol,
    proof,
    refusal:
      refusalByPolicy(product, request, new Date()) ??
      (isDeviceName(deviceName) ? null : 'device_unknown'),
  };
}
