import { RecentMap } from './recent-map.js';

/** Units: entries; ms from when an entry is kept. */
export interface ShortMemoryOptions {
  readonly maxEntries: number;
  readonly ttlMs: number;
}

interface Entry<V> {
  readonly value: V;
  readonly endsAtMs: number;
}

/**
 * Keeps answers for a short time, in bounded memory, until they are forgotten.
 *
 * Shape: keys are `group member`, as signals name things. What is asked for between `epoch` and
 * `keep` may be read before a change and kept after it: it is not kept when anything was forgotten
 * in between.
 * Units: `nowMs` of one steady clock, e.g. `performance.now()`.
 */
export class ShortMemory<V> {
  readonly #entries: RecentMap<Entry<V>>;
  readonly #ttlMs: number;
  #epoch = 0;

  constructor({ maxEntries, ttlMs }: ShortMemoryOptions) {
    this.#entries = new RecentMap(maxEntries);
    this.#ttlMs = ttlMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts how often something was forgotten; to be read before the question is asked. */
  get epoch(): number {
    return this.#epoch;
  }

  find(key: string, nowMs: number): V | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.endsAtMs > nowMs ? entry.value : undefined;
  }

  keep(epoch: number, key: string, value: V, nowMs: number): void {
    if (epoch !== this.#epoch) return;
    this.#entries.set(key, { value, endsAtMs: nowMs + this.#ttlMs });
  }

  /** Forgets one entry (`group member`), a whole group (`group`), or everything. */
  forget(key?: string): void {
    this.#epoch += 1;
    if (key === undefined) this.#entries.clear();
    else if (key.includes(' ')) this.#entries.delete(key);
    else this.#forgetGroup(`${key} `);
  }

  #forgetGroup(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}
