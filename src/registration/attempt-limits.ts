import { Injectable } from '@nestjs/common';
import { TokenBuckets } from '../platform/limits/token-buckets.js';
import type { KnownProduct } from '../products/product-directory.js';

/**
 * How often one device may register. Units: attempts.
 *
 * Source: C SDK 3.2 tries eight times in 21 s after a refusal, observed.
 */
const deviceRate = { perSecond: 0.5, burst: 30 };
/** Seconds' worth of a product's registrations that may come at once. */
const burstSeconds = 10;
const maxDevices = 20_000;
const maxProducts = 2_000;

/** Limits how often proven callers may have the database asked: by device, and by product. */
@Injectable()
export class AttemptLimits {
  readonly #devices = new TokenBuckets(maxDevices);
  readonly #products = new TokenBuckets(maxProducts);

  /**
   * Counts an attempt; answers which limit it is over.
   *
   * Shape: the device first, so that one that never stops takes nothing from the others.
   * Units: ms of a steady clock.
   */
  refusal(
    { id, policy: { maxPerSecond } }: Pick<KnownProduct, 'id' | 'policy'>,
    deviceName: string,
    nowMs = performance.now(),
  ): 'device_too_fast' | 'product_too_fast' | undefined {
    if (!this.#devices.take(`${id} ${deviceName}`, deviceRate, nowMs)) return 'device_too_fast';
    if (maxPerSecond === null) return undefined;
    const productRate = { perSecond: maxPerSecond, burst: maxPerSecond * burstSeconds };
    return this.#products.take(`${id}`, productRate, nowMs) ? undefined : 'product_too_fast';
  }
}
