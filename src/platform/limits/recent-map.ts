/**
 * A map in bounded memory: keys that were set longest ago go first.
 *
 * Shape: two generations; when the younger is full it becomes the older, whose keys go, but for some
 * that are worth keeping. So every call costs the same, which a map that loses its first key each
 * time does not: it walks over the holes.
 */
export class RecentMap<V> {
  readonly #half: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(maxKeys: number) {
    this.#half = Math.max(1, Math.floor(maxKeys / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Sets a key; of those that would have to go, `isWorthKeeping` chooses some to stay. */
  set(key: string, value: V, isWorthKeeping: (value: V) => boolean = () => false): void {
    this.#old.delete(key);
    const isNew = !this.#young.has(key);
    if (isNew && this.#young.size >= this.#half) this.#turn(isWorthKeeping);
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  keys(): string[] {
    return [...this.#old.keys(), ...this.#young.keys()];
  }

  #turn(isWorthKeeping: (value: V) => boolean): void {
    const kept = new Map<string, V>();
    const mostKept = Math.floor(this.#half / 2);
    for (const [key, value] of this.#old) {
      if (kept.size >= mostKept) break;
      if (isWorthKeeping(value)) kept.set(key, value);
    }
    this.#old = this.#young;
    this.#young = kept;
  }
}
