import { RecentMap } from '../platform/limits/recent-map.js';
import { ShortMemory } from '../platform/limits/short-memory.js';
import type { Principal } from './principal.js';

/** Who holds a key, as requests are let through by it. */
export interface KnownKey {
  readonly principal: Principal;
  readonly maxPerSecond: number | null;
  readonly isStationDisabled: boolean;
  /** Units: ms of the clock of `performance.now()`; `Infinity` is for ever. */
  readonly endsAtMs: number;
}

interface Entry {
  readonly key: KnownKey;
  readonly epoch: number;
  readonly freshUntilMs: number;
}

/** Keys of either kind that are kept; a flood of wrong ones drives no right one out. */
const maxKeys = 10_000;
/** Units: ms; how late a change is seen when its signal was lost. */
const freshMs = 5000;
/** Units: ms; a wrong key can become right: `ADMIN_KEY` at the start of another copy. */
const unknownMs = 60_000;

/**
 * Keys that were seen, so that a request costs no query.
 *
 * Shape: keys are named by their digest, in hex. What is asked for between `epoch` and `keep` may be
 * read before a change and kept after it: it is not kept when anything was forgotten in between.
 * Units: `nowMs` of `performance.now()`.
 */
export class KeyMemory {
  readonly #known = new RecentMap<Entry>(maxKeys);
  readonly #unknown = new ShortMemory<true>({ maxEntries: maxKeys, ttlMs: unknownMs });

  get epoch(): number {
    return this.#unknown.epoch;
  }

  find(digest: string, nowMs: number): KnownKey | undefined {
    const entry = this.#known.get(digest);
    if (!entry || entry.epoch !== this.epoch || entry.freshUntilMs <= nowMs) return undefined;
    return entry.key;
  }

  /** Whether a key was right when it was last looked at, however long ago. */
  wasKnown(digest: string): boolean {
    return this.#known.get(digest) !== undefined;
  }

  isUnknown(digest: string, nowMs: number): boolean {
    return this.#unknown.find(digest, nowMs) ?? false;
  }

  /** Keeps what was found out about a key; undefined is that it opens nothing. */
  keep(epoch: number, digest: string, key: KnownKey | undefined, nowMs: number): void {
    if (key) {
      const freshUntilMs = Math.min(nowMs + freshMs, key.endsAtMs);
      this.#known.set(digest, { key, epoch, freshUntilMs });
    } else {
      this.#known.delete(digest);
      this.#unknown.keep(epoch, digest, true, nowMs);
    }
  }

  /** Makes every key be looked at again. */
  forget(): void {
    this.#unknown.forget();
  }
}
