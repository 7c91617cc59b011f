import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import { median, shown } from './figures.js';
import type { Wave, WaveResult } from './load/wave.js';
import { awaitQuiet } from './quiet.js';
import type { BenchDatabase } from './server.js';

/** Sends waves of devices from a process of its own. */
export type Load = (wave: Wave) => Promise<WaveResult>;

/**
 * Starts the process that sends waves; each begins in a quiet moment unless something else is to go on.
 *
 * Errors, of a wave: an answer that is not what was asked for.
 */
export function startLoad(
  bench: Bench,
  database: BenchDatabase,
  { isQuiet } = { isQuiet: true },
): Load {
  const child = startChild(new URL('./load/load.ts', import.meta.url), bench.cleanup);
  return async (wave) => {
    // No round pays for the checkpoint of another.
    await database.query('CHECKPOINT');
    if (isQuiet) await awaitQuiet();
    const result = await child.ask<WaveResult>(wave);
    const { wrong, firstWrong, given } = result;
    const count = sizeOf(wave);
    assertRight(wrong === 0, `${wrong} answers, the first: ${firstWrong ?? ''}`);
    assertRight(given === count, `${given} different answers for ${count} devices`);
    return result;
  };
}

/** How many devices a wave has. */
export function sizeOf({ wish }: Wave): number {
  return wish.kind === 'login' ? wish.triples.length : wish.fleet.count;
}

/** The median wave. Units: devices per second. */
export function rateOf(perRound: number, waves: readonly WaveResult[]): number {
  return perRound / median(waves.map(({ seconds }) => seconds));
}

/** The median wave, as a person reads it. */
export function sayWaves(perRound: number, waves: readonly WaveResult[]): string {
  return (
    `${shown(rateOf(perRound, waves))}/s, p50 ${shown(median(waves.map((w) => w.p50Ms)))} ms, ` +
    `p99 ${shown(median(waves.map((w) => w.p99Ms)))} ms`
  );
}
