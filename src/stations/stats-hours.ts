import type { Tally } from './stats.js';

/** What was done in one hour of a time zone. Units: attempts. */
export interface HourOfWork {
  readonly hour: string;
  readonly local: string;
  readonly attempts: number;
  readonly passed: number;
}

/** The pace of a line. Units: hours, of which at least a quarter holds an attempt; units per hour. */
export interface Pace {
  readonly workingHours: number;
  readonly unitsPerHour: number | null;
  readonly hours: readonly HourOfWork[];
}

const quarterMs = 15 * 60_000;
const hourMs = 4 * quarterMs;
/** A month of hours, the newest. */
const mostHours = 744;

/** Tells whether a name is one of the time zones that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * Adds quarters of an hour up to hours as the clock on the wall of a time zone shows them.
 *
 * Shape: `hour` is its beginning in UTC, `local` the same instant with the offset of the zone; hours
 * without an attempt are left out. Every zone differs from UTC by a multiple of a quarter.
 * Source: IANA time zone database, offsets since 1972.
 */
export function paceOf(tallies: readonly Tally[], passedUnits: number, timeZone: string): Pace {
  const clock = wallClock(timeZone);
  const hours = new Map<number, { offsetMs: number; attempts: number; passed: number }>();
  const quarters = new Set<number>();
  for (const tally of tallies) {
    if (tally.by !== 'quarter' || tally.outcome === 'aborted') continue;
    quarters.add(tally.value);
    const at = tally.value * quarterMs;
    const offsetMs = clock(at);
    const begin = Math.floor((at + offsetMs) / hourMs) * hourMs - offsetMs;
    const hour = hours.get(begin) ?? { offsetMs, attempts: 0, passed: 0 };
    hour.attempts += tally.count;
    if (tally.outcome === 'confirmed') hour.passed += tally.count;
    hours.set(begin, hour);
  }
  const workingHours = quarters.size / 4;
  const newest = [...hours].sort(([one], [other]) => other - one).slice(0, mostHours);
  return {
    workingHours,
    unitsPerHour: workingHours === 0 ? null : passedUnits / workingHours,
    hours: newest.reverse().map(([begin, { offsetMs, attempts, passed }]) => ({
      hour: new Date(begin).toISOString(),
      local: localText(begin, offsetMs),
      attempts,
      passed,
    })),
  };
}

/** Answers the offset of a zone at an instant. Units: ms. */
function wallClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const wall = [part('year'), part('month') - 1, part('day'), part('hour'), part('minute')];
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = wall;
    return Date.UTC(year, month, day, hour, minute) - at;
  };
}

function localText(at: number, offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (count: number): string => String(count).padStart(2, '0');
  const offset = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const wall = new Date(at + offsetMs).toISOString().slice(0, 16);
  return `${wall}${offsetMs < 0 ? '-' : '+'}${offset}`;
}
