/** Which attempts are counted. Shape: `orderIds` or `stationId` or both; from `since` until before `until`. */
export interface StatsScope {
  readonly orderIds: readonly number[] | null;
  readonly stationId: number | null;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** How an attempt counts. Shape: `aborted` ones are told, but count for nothing. */
export type StatsOutcome = 'confirmed' | 'failed' | 'void' | 'aborted';

/** Attempts that are alike in one way. */
export type Tally = { readonly outcome: StatsOutcome; readonly count: number } & (
  | {
      readonly by: 'place';
      readonly stationId: number;
      readonly slot: number | null;
      readonly reason: string | null;
    }
  /** Units: quarters of an hour since 1970. */
  | { readonly by: 'quarter'; readonly value: number }
  /** Units: hundredths of a second. */
  | { readonly by: 'duration'; readonly value: number }
);

/** Units with more than one counted attempt, summed up. */
export interface Repeats {
  readonly units: number;
  readonly attempts: number;
  readonly confirmed: number;
  /** How many of the units passed at their first attempt, and at their last. */
  readonly first: number;
  readonly last: number;
}

/** The figures of units. Source: rules of yield as TofuPilot publishes them: per unit, first and last. */
export interface Yields {
  readonly units: number;
  readonly attempts: number;
  readonly abortedAttempts: number;
  readonly firstPassUnits: number;
  readonly passedUnits: number;
  readonly scrapUnits: number;
  readonly firstPassYield: number | null;
  readonly finalYield: number | null;
  readonly scrapRate: number | null;
}

/** One line of a Pareto list. */
export interface Share<T> {
  readonly of: T;
  readonly attempts: number;
  readonly failed: number;
}

/**
 * Counts units from attempts: a unit with one attempt is that attempt, the others are `repeats`.
 *
 * Shape: yields from 0 to 1; null while there are no units.
 */
export function yieldsOf(tallies: readonly Tally[], repeats: Repeats): Yields {
  const places = tallies.filter(({ by }) => by === 'place');
  const counted = places.filter(({ outcome }) => outcome !== 'aborted');
  const attempts = total(counted);
  const confirmed = total(counted.filter(({ outcome }) => outcome === 'confirmed'));
  const units = attempts - (repeats.attempts - repeats.units);
  const firstPassUnits = confirmed - (repeats.confirmed - repeats.first);
  const passedUnits = confirmed - (repeats.confirmed - repeats.last);
  const part = (count: number): number | null => (units === 0 ? null : count / units);
  return {
    units,
    attempts,
    abortedAttempts: total(places) - attempts,
    firstPassUnits,
    passedUnits,
    scrapUnits: units - passedUnits,
    firstPassYield: part(firstPassUnits),
    finalYield: part(passedUnits),
    scrapRate: part(units - passedUnits),
  };
}

/** Adds attempts up by what `keyOf` tells of their place, most failures first; the top `most`. */
export function paretoOf<T>(
  tallies: readonly Tally[],
  describe: (place: Tally & { readonly by: 'place' }) => T,
  most: number,
): Share<T>[] {
  const shares = new Map<string, { of: T; attempts: number; failed: number }>();
  for (const tally of tallies) {
    if (tally.by !== 'place' || tally.outcome === 'aborted') continue;
    const of = describe(tally);
    const key = JSON.stringify(of);
    const share = shares.get(key) ?? { of, attempts: 0, failed: 0 };
    share.attempts += tally.count;
    if (tally.outcome !== 'confirmed') share.failed += tally.count;
    shares.set(key, share);
  }
  const failing = [...shares.values()].filter(({ failed }) => failed > 0);
  return failing.sort((one, other) => other.failed - one.failed).slice(0, most);
}

/**
 * Finds the durations below which a part of the attempts of some outcomes stay.
 *
 * Shape: one for each of `parts`, from 0 to 1; null where there are no such attempts.
 * Units: ms, to the hundredth of a second.
 */
export function percentilesOf(
  tallies: readonly Tally[],
  outcomes: readonly StatsOutcome[],
  parts: readonly number[],
): (number | null)[] {
  const chosen = tallies
    .flatMap((tally) =>
      tally.by === 'duration' && outcomes.includes(tally.outcome)
        ? [{ value: tally.value, count: tally.count }]
        : [],
    )
    .sort((one, other) => one.value - other.value);
  const all = total(chosen);
  return parts.map((part) => {
    let below = 0;
    const found = chosen.find(({ count }) => (below += count) >= part * all);
    return found ? found.value * 10 : null;
  });
}

function total(counted: readonly { readonly count: number }[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}
