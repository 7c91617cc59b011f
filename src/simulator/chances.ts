import { faultNames } from './faults.js';
import type { FaultName } from './faults.js';
import type { UnitPlace } from './identity.js';
import { seededBytes } from './seeded-bytes.js';

/** How often something goes wrong. Units: probabilities, 0-1. */
export interface ChanceRates {
  /** That a unit has a fault, one of all. */
  readonly fail: number;
  /** That a write of credentials ends in a restart. */
  readonly resetDuringWrite: number;
  /** That an unrelated line gets into an answer. */
  readonly urcNoise: number;
}

/** Nothing goes wrong by chance. */
export const noChances: ChanceRates = { fail: 0, resetDuringWrite: 0, urcNoise: 0 };

/** Where an unrelated line goes: after the echo, between two lines, or against the final result. */
export interface Noise {
  readonly where: 'before' | 'between' | 'glued';
  readonly line: string;
}

/**
 * What goes wrong with one unit by chance.
 *
 * Shape: depends on seed, slot and board, and on how many commands came before, on nothing else; so
 * the same seed and the same conversation give the same failures. Every kind has a stream of its own.
 */
export class Chances {
  readonly #fail: () => number;
  readonly #reset: () => number;
  readonly #noise: () => number;

  constructor(
    private readonly rates: ChanceRates,
    place: UnitPlace,
  ) {
    const at = `${String(place.seed)}:${String(place.slot)}:${String(place.board)}`;
    this.#fail = fractions(`fail:${at}`);
    this.#reset = fractions(`reset:${at}`);
    this.#noise = fractions(`noise:${at}`);
  }

  /** The fault that the unit has, if it has one. */
  fault(): FaultName | undefined {
    const [isHit, which] = [this.#fail() < this.rates.fail, this.#fail()];
    return isHit ? pick(faultNames, which) : undefined;
  }

  /** Whether a write restarts the unit, before or after the values are stored. */
  reset(): 'none' | 'before' | 'after' {
    const [isHit, which] = [this.#reset() < this.rates.resetDuringWrite, this.#reset()];
    if (!isHit) return 'none';
    return which < 0.5 ? 'before' : 'after';
  }

  /** The line that gets into this answer, if one does. */
  noise(lines: readonly string[]): Noise | undefined {
    const isHit = this.#noise() < this.rates.urcNoise;
    const [place, which] = [this.#noise(), this.#noise()];
    const where = pick(['before', 'between', 'glued'] as const, place);
    const line = pick(lines, which);
    return isHit && where && line ? { where, line } : undefined;
  }
}

/** Numbers from 0 to below 1. */
function fractions(seed: string): () => number {
  const bytes = seededBytes(seed);
  const next = (): number => bytes.next().value / 256;
  return () => next() + next() / 256 + next() / 65_536;
}

function pick<T>(from: readonly T[], fraction: number): T | undefined {
  return from[Math.floor(fraction * from.length)];
}
