/** How fast a key may take. Units: `perSecond` takes a second in the long run, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Keys that are looked at for one that may go without a trace. */
const candidates = 16;
/** Sums of fractions are never exact. */
const tolerance = 1e-6;

/**
 * Many token buckets in bounded memory, one per key.
 *
 * Shape: a bucket is the moment at which it is full again, so one that is full is the same as none.
 * Beyond `maxKeys` a full bucket goes first, among those that were not asked for longest; if none is
 * full the oldest goes, and its key may take a burst once more.
 * Units: `nowMs` of one steady clock, e.g. `performance.now()`.
 */
export class TokenBuckets {
  /** Least recently asked first. */
  readonly #fullAtMs = new Map<string, number>();

  constructor(private readonly maxKeys: number) {}

  get size(): number {
    return this.#fullAtMs.size;
  }

  /** Takes one token; false, and nothing taken, when there is none. */
  take(key: string, { perSecond, burst }: Rate, nowMs: number): boolean {
    const tokenMs = 1000 / perSecond;
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? nowMs, nowMs);
    const missing = (fullAtMs - nowMs) / tokenMs;
    const isTaken = missing <= burst - 1 + tolerance;
    this.#fullAtMs.delete(key);
    if (this.size >= this.maxKeys) this.#makeRoom(nowMs);
    this.#fullAtMs.set(key, isTaken ? fullAtMs + tokenMs : fullAtMs);
    return isTaken;
  }

  #makeRoom(nowMs: number): void {
    let oldest: string | undefined;
    let looked = 0;
    for (const [key, fullAtMs] of this.#fullAtMs) {
      oldest ??= key;
      looked += 1;
      const isFull = fullAtMs <= nowMs;
      if (isFull) oldest = key;
      if (isFull || looked === candidates) break;
    }
    if (oldest !== undefined) this.#fullAtMs.delete(oldest);
  }
}
