import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Lookup, LookupKind } from './trace-lookup.js';
import { TraceStore } from './trace.store.js';
import type { Trace, TracedRun } from './trace.js';

/** Where the next page of a look-up goes on: below this key of this kind. */
export interface TraceCursor {
  readonly kind: LookupKind;
  readonly key: number;
}

/** What is asked for. Shape: `stationId` null for who may see the units of every station. */
export interface TraceRequest {
  readonly lookups: readonly Lookup[];
  readonly cursor: TraceCursor | undefined;
  readonly limit: number;
  readonly stationId: number | null;
}

/** The triples of the units that were found, newest first, and by what they were found. */
export interface FoundTraces {
  readonly matchedBy: LookupKind;
  readonly traces: readonly Trace[];
  readonly runsWithoutClaim: readonly TracedRun[];
  readonly next: TraceCursor | null;
}

/** Hits that one page of a station looks through: an ICCID may be of a million units of others. */
const stationWindow = 1000;

/** Traces a unit: who wrote it, where, when, for which order, and what became of it. */
@Injectable()
export class TraceService {
  constructor(
    private readonly database: Database,
    private readonly store: TraceStore,
  ) {}

  /**
   * Tries the look-ups one after the other and answers the first that finds something.
   *
   * Errors: `unit.not_found`, with what was tried.
   */
  async find(request: TraceRequest): Promise<FoundTraces> {
    const { lookups, cursor } = request;
    const tried = cursor ? lookups.filter(({ kind }) => kind === cursor.kind) : lookups;
    for (const lookup of tried) {
      const found = await this.#look(this.database.single, lookup, request);
      if (found) return found;
    }
    const kinds = tried.map(({ kind }) => kind);
    const ways = kinds.length > 0 ? kinds.join(', ') : 'nothing it could be read as';
    const detail = `No unit was found; tried as ${ways}.`;
    throw new DomainError('unit.not_found', detail, { tried: kinds });
  }

  async #look(
    tx: Tx,
    lookup: Lookup,
    { cursor, limit, stationId }: TraceRequest,
  ): Promise<FoundTraces | undefined> {
    const before = cursor?.key ?? Number.MAX_SAFE_INTEGER;
    const most = stationId === null ? limit + 1 : Math.max(limit + 1, stationWindow);
    const hits = await this.store.hits(tx, lookup, { before, most, stationId });
    const visible = hits.filter(({ isVisible }) => isVisible);
    const shown = visible.slice(0, limit);
    const last = visible.length > limit ? shown.at(-1) : hits[most - 1];
    const runsWithoutClaim = cursor ? [] : await this.#runs(tx, lookup, stationId);
    if (!cursor && !last && shown.length + runsWithoutClaim.length === 0) return undefined;
    return {
      matchedBy: lookup.kind,
      traces: await this.store.traces(
        tx,
        shown.map(({ deviceId }) => deviceId),
      ),
      runsWithoutClaim,
      next: last ? { kind: lookup.kind, key: last.key } : null,
    };
  }

  /** A jig names a unit by its IMEI, else by its SN. */
  async #runs(
    tx: Tx,
    { kind, value }: Lookup,
    stationId: number | null,
  ): Promise<readonly TracedRun[]> {
    if (kind !== 'imei' && kind !== 'sn') return [];
    return await this.store.runsWithoutClaim(tx, value, stationId);
  }
}
