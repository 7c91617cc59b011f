import { seededBytes } from '../../../src/simulator/seeded-bytes.js';

/** Chance that depends on a seed text and on how often it was asked, on nothing else. */
export class Dice {
  readonly #bytes: Generator<number, never, undefined>;

  constructor(seed: string) {
    this.#bytes = seededBytes(seed);
  }

  /** A number from 0 to below 1. */
  fraction(): number {
    const [high, low] = [this.#bytes.next().value, this.#bytes.next().value];
    return (high * 256 + low) / 65_536;
  }

  between(least: number, most: number): number {
    return least + this.fraction() * (most - least);
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, key: this.fraction() }))
      .toSorted((left, right) => left.key - right.key)
      .map(({ item }) => item);
  }
}
