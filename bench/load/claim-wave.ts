import type { WaveResult } from './wave.js';
import { quantile } from '../figures.js';

/** Stations that claim batch after batch, each waiting for its answer before it asks again. */
export interface ClaimWave {
  readonly stations: number;
  /** How many units a station holds at a time; 1 is a single claim. */
  readonly slots: number;
  /** The number of the first unit, and how many there are. */
  readonly from: number;
  readonly count: number;
}

/** Claims for the units of one batch and answers the names of their devices. */
export type ClaimBatch = (station: number, imeis: readonly string[]) => Promise<readonly string[]>;

/** Runs a wave in a closed loop. Units: latencies are of a batch, from asked to answered. */
export async function runClaimWave(wave: ClaimWave, claim: ClaimBatch): Promise<WaveResult> {
  const { stations, slots, from, count } = wave;
  const batches = Array.from({ length: Math.ceil(count / slots) }, (_, index) => {
    const first = index * slots;
    return Array.from({ length: Math.min(slots, count - first) }, (_unused, slot) =>
      imeiOf(from + first + slot),
    );
  });
  const latencies = new Float64Array(batches.length);
  const given = new Set<string>();
  let next = 0;
  const work = async (station: number): Promise<void> => {
    for (let index = next++; index < batches.length; index = next++) {
      const startedAt = performance.now();
      const names = await claim(station, batches[index] ?? []);
      latencies[index] = performance.now() - startedAt;
      for (const name of names) given.add(name);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: stations }, (_, station) => work(station)));
  return {
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    wrong: count - given.size,
    firstWrong: given.size === count ? undefined : 'units without a triple of their own',
    given: given.size,
  };
}

/** The IMEI of a unit by its number, with its check digit. */
function imeiOf(number: number): string {
  const stem = `86${String(number).padStart(12, '0')}`;
  let sum = 0;
  for (let place = 0; place < stem.length; place += 1) {
    const digit = Number(stem.charAt(place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return `${stem}${(10 - (sum % 10)) % 10}`;
}
