/** How long one thing took, kind by kind. Units: ms. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/** What may be read from the times. Units: ms; see `compare`. */
export interface Comparison {
  readonly medians: Readonly<Record<string, number>>;
  /** Between the fastest and the slowest kind. */
  readonly difference: number;
  /** Between halves of one and the same kind: what chance and a busy machine make. */
  readonly noise: number;
}

/** Splits of each kind into halves; the worst of them is the noise. */
const splits = 10;
/** Rounds that only warm up. */
const warmUps = 15;

/**
 * Times several kinds of one thing: every round has each kind once, in random order, so that a machine
 * that grows slow grows slow for all of them.
 */
export async function timeRounds(
  kinds: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<Samples> {
  const samples = new Map<string, number[]>(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = 0; round < rounds + warmUps; round += 1) {
    for (const [kind, take] of shuffled(Object.entries(kinds))) {
      const ms = await take();
      if (round >= warmUps) samples.get(kind)?.push(ms);
    }
  }
  return samples;
}

/**
 * Compares the medians of the kinds with what differs by chance alone.
 *
 * Shape: kinds that cost the same differ by less than halves of one kind do, because twice as many
 * samples stand behind them.
 */
export function compare(samples: Samples): Comparison {
  const medians = Object.fromEntries([...samples].map(([kind, times]) => [kind, median(times)]));
  const values = Object.values(medians);
  const difference = Math.max(...values) - Math.min(...values);
  const noise = Math.max(...[...samples.values()].map(noiseOf));
  return { medians, difference, noise };
}

function noiseOf(times: readonly number[]): number {
  const differences = Array.from({ length: splits }, () => {
    const mixed = shuffled(times);
    const half = Math.floor(mixed.length / 2);
    return Math.abs(median(mixed.slice(0, half)) - median(mixed.slice(half)));
  });
  return Math.max(...differences);
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
