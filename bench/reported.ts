import type { Bench } from './bench.js';
import { shown } from './figures.js';
import type { Finding } from './finding.js';
import type { Wave, WaveResult } from './load/wave.js';
import { rateOf, sayWaves, sizeOf } from './waves.js';
import type { Load } from './waves.js';

/** Something that has a rate and no floor. Shape: a wave for each round, the first a warm-up. */
export interface Reported {
  readonly work: string;
  readonly waves: readonly Wave[];
}

/** Measures rates that are reported without a target, in turn; the median round counts. */
export async function report(
  bench: Bench,
  load: Load,
  works: readonly Reported[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { work, waves } of works) {
    const results: WaveResult[] = [];
    for (const wave of waves) results.push(await load(wave));
    const counted = results.slice(1);
    const size = Math.max(...waves.map(sizeOf));
    bench.say(`  ${work}: ${results.map(({ seconds }) => shown(size / seconds)).join(', ')} /s`);
    findings.push({
      work,
      floor: '-',
      ours: sayWaves(size, counted),
      figure: rateOf(size, counted),
      shown: '-',
      rounds: counted.map(({ seconds, p99Ms }) => ({
        oursPerSecond: size / seconds,
        oursP99Ms: p99Ms,
      })),
    });
  }
  return findings;
}
