import { publicId } from '../core/public-id.js';
import { paretoOf, percentilesOf, yieldsOf } from './stats.js';
import type { Share, StatsOutcome, Yields } from './stats.js';
import { paceOf } from './stats-hours.js';
import type { Pace } from './stats-hours.js';
import type { Counted } from './stats.service.js';

/** Lines of a Pareto list. */
const mostShares = 20;

/** Figures as they are answered. Units: yields from 0 to 1; ms. */
export interface StatsView extends Yields, Pace {
  readonly since: string | null;
  readonly until: string | null;
  readonly timeZone: string;
  readonly asOf: string;
  readonly failures: {
    readonly byReason: readonly { readonly reason: string | null; readonly failed: number }[];
    readonly bySlot: readonly (PlaceShare & { readonly slot: number | null })[];
    readonly byStation: readonly PlaceShare[];
  };
  readonly durationMs: { readonly passed: Percentiles; readonly failed: Percentiles };
}

interface PlaceShare {
  readonly stationId: string;
  readonly stationName: string;
  readonly attempts: number;
  readonly failed: number;
}

interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

/** For which time the figures are, and in which zone its hours are told. */
export interface StatsTime {
  readonly since: Date | null;
  readonly until: Date | null;
  readonly timeZone: string;
}

/** Builds the figures from what was counted. */
export function statsView(counted: Counted, { since, until, timeZone }: StatsTime): StatsView {
  const { tallies, repeats } = counted;
  const yields = yieldsOf(tallies, repeats);
  const place = ({ of, attempts, failed }: Share<{ stationId: number }>): PlaceShare => ({
    stationId: publicId('st', of.stationId),
    stationName: counted.stationNames.get(of.stationId) ?? '',
    attempts,
    failed,
  });
  const slots = paretoOf(tallies, ({ stationId, slot }) => ({ stationId, slot }), mostShares);
  const stations = paretoOf(tallies, ({ stationId }) => ({ stationId }), mostShares);
  const reasons = paretoOf(tallies, ({ reason }) => ({ reason }), mostShares);
  return {
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    timeZone,
    asOf: counted.asOf.toISOString(),
    ...yields,
    ...paceOf(tallies, yields.passedUnits, timeZone),
    failures: {
      byReason: reasons.map(({ of, failed }) => ({ reason: of.reason, failed })),
      bySlot: slots.map((share) => ({ ...place(share), slot: share.of.slot })),
      byStation: stations.map(place),
    },
    durationMs: {
      passed: percentiles(counted, ['confirmed']),
      failed: percentiles(counted, ['failed', 'void']),
    },
  };
}

function percentiles({ tallies }: Counted, outcomes: readonly StatsOutcome[]): Percentiles {
  const [p50 = null, p95 = null] = percentilesOf(tallies, outcomes, [0.5, 0.95]);
  return { p50, p95 };
}
