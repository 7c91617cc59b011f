import { RecentMap } from './recent-map.js';

/** How fast a key may take. Units: `perSecond` takes a second in the long run, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Sums of fractions are never exact. */
const tolerance = 1e-6;

/**
 * Many token buckets in bounded memory, one per key.
 *
 * Shape: a bucket is the moment at which it is full again, so one that is full is the same as none.
 * Beyond `maxKeys`, of those that were not asked for longest, full ones go first; a key whose bucket
 * goes before it is full may take a burst once more.
 * Units: `nowMs` of one steady clock, e.g. `performance.now()`.
 */
export class TokenBuckets {
  readonly #fullAtMs: RecentMap<number>;

  constructor(maxKeys: number) {
    this.#fullAtMs = new RecentMap(maxKeys);
  }

  get size(): number {
    return this.#fullAtMs.size;
  }

  /** Takes one token; false, and nothing taken, when there is none. */
  take(key: string, { perSecond, burst }: Rate, nowMs: number): boolean {
    const tokenMs = 1000 / perSecond;
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? nowMs, nowMs);
    const missing = (fullAtMs - nowMs) / tokenMs;
    const isTaken = missing <= burst - 1 + tolerance;
    const nextFullAtMs = isTaken ? fullAtMs + tokenMs : fullAtMs;
    this.#fullAtMs.set(key, nextFullAtMs, (otherFullAtMs) => otherFullAtMs > nowMs);
    return isTaken;
  }
}
