import { Injectable } from '@nestjs/common';
import type { Dialect } from '../at/dialect.js';
import { dialects, findDialect } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';
import { ofSlot } from '../core/of-slot.js';
import { DialectService } from '../dialects/dialect.service.js';
import type { JigSlot } from '../jig/jig.js';
import { Database } from '../platform/database/database.js';
import { StationService } from '../stations/station.service.js';
import type { Run, RunHead } from './run.js';
import { RunRecords } from './run-records.js';
import type { RunRequest } from './run-records.js';
import { RunOrders } from './run-orders.js';
import { RunStore } from './run.store.js';
import { scannedUnits } from './scanned-unit.js';
import type { ScannedUnit } from './scanned-unit.js';
import { RunWorker } from './run-worker.js';

/** What a run is started with; without `slots` those of `units`, without `units` all of the station. */
export interface StartRequest extends RunRequest {
  readonly slots: readonly number[] | undefined;
  readonly units: readonly ScannedUnit[] | undefined;
}

/** Runs of jigs that are wired to this service. */
@Injectable()
export class RunService {
  constructor(
    private readonly database: Database,
    private readonly store: RunStore,
    private readonly stations: StationService,
    private readonly orders: RunOrders,
    private readonly records: RunRecords,
    private readonly worker: RunWorker,
    private readonly dialects: DialectService,
  ) {}

  /**
   * Starts a run and answers at once; the slots go on by themselves.
   *
   * Errors: those of `RunOrders`, `run.slot_unknown`, `run.no_slots`, `run.in_progress`,
   * `dialect.unknown`, those of `scannedUnits`.
   */
  async start(request: StartRequest): Promise<Run> {
    const order = await this.orders.open(request.stationId, request.orderId);
    const { productKey } = order;
    const own = await this.dialects.own();
    const slots = await this.#slotsOf(request, own);
    const id = await this.records.begin({ ...request, productKey }, slots, (made) => {
      this.worker.begin(made, request, { slots, terms: order, dialects: [...dialects, ...own] });
    });
    return await this.get(id);
  }

  /** Lists runs below a number, newest first, of one station or of all. */
  async list(before: number, limit: number, stationId: number | undefined): Promise<RunHead[]> {
    return await this.store.list(this.database.single, before, limit, stationId ?? null);
  }

  /** Errors: `run.not_found`, also for the run of another station when one is named. */
  async get(id: number, stationId: number | null = null): Promise<Run> {
    const run = await this.store.find(this.database.single, id);
    if (!run || (stationId !== null && run.stationId !== stationId)) {
      throw new DomainError('run.not_found', `There is no run run-${id}.`);
    }
    return run;
  }

  /**
   * Ends a run at the next border between two steps, which may come later, at whatever copy of the
   * service it is worked on. Errors: `run.not_found`.
   */
  async abort(id: number, stationId: number | null = null): Promise<Run> {
    const run = await this.get(id, stationId);
    if (run.state !== 'running') return run;
    await this.records.askAbort(id);
    await this.worker.abort(id);
    return await this.get(id);
  }

  async #slotsOf(
    { stationId, slots, units = [] }: StartRequest,
    own: readonly Dialect[],
  ): Promise<JigSlot[]> {
    const scanned = scannedUnits(units);
    const wanted = slots ?? (scanned.size > 0 ? [...scanned.keys()] : undefined);
    const known = await this.stations.slots(stationId);
    if (known.length === 0) throw new DomainError('run.no_slots', '');
    const missing = [...(wanted ?? []), ...scanned.keys()].find(
      (slot) => !known.some((one) => one.slot === slot),
    );
    if (missing !== undefined) {
      throw new DomainError('run.slot_unknown', `The station has no slot ${missing}.`);
    }
    return known
      .filter(({ slot }) => wanted?.includes(slot) ?? true)
      .map(({ slot, port, dialect }) => ({
        slot,
        port,
        dialect: dialect === null ? undefined : ofSlot(slot, () => findDialect(dialect, own)),
        scanned: scanned.get(slot),
      }));
  }
}
