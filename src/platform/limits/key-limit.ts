import { TokenBuckets } from './token-buckets.js';

const maxKeys = 20_000;
/** Seconds' worth of requests that may come at once. */
const burstSeconds = 2;

/**
 * Limits the requests of each key of the API.
 *
 * Units: requests per second; 0 is any number.
 */
export class KeyLimit {
  readonly #buckets = new TokenBuckets(maxKeys);

  constructor(private readonly perSecond: number) {}

  /**
   * Counts one request; false when it is one too many.
   *
   * Shape: `own` is what this key may do, or null for what every key may.
   * Units: ms of a steady clock.
   */
  take(keyId: number, own: number | null, nowMs: number): boolean {
    const perSecond = own ?? this.perSecond;
    if (perSecond === 0) return true;
    return this.#buckets.take(String(keyId), { perSecond, burst: perSecond * burstSeconds }, nowMs);
  }
}
