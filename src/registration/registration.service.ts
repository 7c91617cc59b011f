import { Injectable } from '@nestjs/common';
import { StrangerCounter } from '../audit/stranger-counter.js';
import { isDeviceName } from '../core/triple.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { createBatcher } from '../platform/batcher.js';
import type { Batcher } from '../platform/batcher.js';
import { Database } from '../platform/database/database.js';
import { ProductDirectory } from '../products/product-directory.js';
import type { KnownProduct } from '../products/product-directory.js';
import { OpenRegistrationService } from './open-registration.service.js';
import type { OpenOutcome } from './open-registration.service.js';
import { refusalByPolicy } from './policy-check.js';
import { parseSignedIdentity, proofOf } from './proof.js';
import type { Proof, SignedIdentity } from './proof.js';
import type { RegistrationRequest, RegistrationResult } from './registration.js';
import { RegistrationStore } from './registration.store.js';
import type { RegistrationItem, RegistrationOutcome } from './registration.store.js';

/** The first try, and one more with a fresh copy of the product. */
const maxTries = 2;

/** Longest device name that goes into the history as it was sent. */
const maxNameLength = 64;

/** Answers modules that ask for their secret with the product secret, whatever protocol they speak. */
@Injectable()
export class RegistrationService {
  readonly #batcher: Batcher<RegistrationItem, RegistrationOutcome>;
  readonly #reloading = new Map<string, Promise<void>>();

  constructor(
    database: Database,
    store: RegistrationStore,
    private readonly directory: ProductDirectory,
    private readonly secrets: DeviceSecrets,
    private readonly open: OpenRegistrationService,
    private readonly strangers: StrangerCounter,
  ) {
    this.#batcher = createBatcher({
      key: keyOf,
      // A second statement would wait for the counters that the first one holds until its commit.
      maxInFlight: 1,
      maxShare: 0.5,
      run: async (items) => {
        const outcomes = await store.register(database.single, items);
        return outcomes.map((value) =>
          value.verdict === 'locked' ? { kind: 'singly' } : { kind: 'done', value },
        );
      },
      // In a transaction of its own, which is run again when it met another.
      runOne: (item) => database.inTransaction((tx) => store.registerAlone(tx, item)),
    });
  }

  /**
   * Registers a device and answers its triple, or says why not.
   *
   * Shape: nothing but the proof is looked at before the caller is proven (DESIGN rule 10). The
   * answer is given after the commit; the same request again gets the same secret until activation,
   * unless the policy rotates it; who wants a token gets a fresh one.
   * Errors: `database.away`, `service.overloaded`; to proven callers only.
   */
  async register(request: RegistrationRequest): Promise<RegistrationResult> {
    const identity = parseSignedIdentity(request);
    if (!identity) return this.#notProven(request, 'malformed');
    for (let tries = 1; ; tries += 1) {
      const product = this.directory.find(identity.productKey);
      const proof = proofOf(identity, product, new Date());
      if (!product || !proof) return this.#notProven(request, 'stranger');
      const item = itemOf(request, identity, product, proof);
      const outcome =
        request.wants === 'token' && item.refusal === null
          ? await this.open.register(product, item)
          : await this.#batcher.submit(item);
      if (outcome.verdict === 'granted') return await this.#granted(identity, outcome);
      if (outcome.verdict !== 'policy_changed' || tries === maxTries) {
        return { kind: 'refused', reason: outcome.verdict };
      }
      await this.#reload(product);
    }
  }

  #notProven(request: RegistrationRequest, kind: 'malformed' | 'stranger'): RegistrationResult {
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

/** Equal calls of a moment are one call; another address is another caller, for the history. */
function keyOf(item: RegistrationItem): string {
  const { productId, productVersion, deviceName, address, protocol, proof, refusal } = item;
  return [productId, productVersion, deviceName, address, protocol, proof, refusal].join('\0');
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
