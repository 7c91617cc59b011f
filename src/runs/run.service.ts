import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { dialects, findDialect } from '../at/find-dialect.js';
import { AuditStore } from '../audit/audit.store.js';
import { systemActor } from '../audit/audit-event.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { runJig } from '../jig/jig.js';
import type { JigSlot } from '../jig/jig.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { OrderService } from '../orders/order.service.js';
import { BrokerAddress } from '../platform/broker-address.js';
import { Database } from '../platform/database/database.js';
import { mapConstraint } from '../platform/database/pg-errors.js';
import { Listeners } from '../platform/listeners/listeners.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { ClaimService } from '../stations/claim.service.js';
import { StationService } from '../stations/station.service.js';
import type { Run } from './run.js';
import { RunStore } from './run.store.js';
import { StationClaims } from './station-claims.js';

/** Units: ms between signs of life of a run, and seconds of silence after which it counts as dead. */
const aliveEveryMs = 5000;
const silentSeconds = 30;
/** Units: ms that a stop waits for steps under way; what is later counts as silent. */
const stopMs = 7000;
/** Units: ms that the answer to an abort waits for the run to end. */
const abortPatienceMs = 1000;

/** A run that this process works on. */
interface ActiveRun {
  readonly abort: AbortController;
  readonly phases: Map<number, SlotPhase>;
  readonly work: Promise<void>;
}

/** What a run is started with; without `slots` all of the station. */
export interface RunRequest {
  readonly actor: Actor;
  readonly stationId: number;
  readonly orderId: number;
  readonly slots: readonly number[] | undefined;
  /** The host by which the caller reached the service; modules reach the broker there as well. */
  readonly host: string;
}

/** Runs of jigs that are wired to this service. */
@Injectable()
export class RunService implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #active = new Map<number, ActiveRun>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly store: RunStore,
    private readonly stations: StationService,
    private readonly claims: ClaimService,
    private readonly orders: OrderService,
    private readonly audit: AuditStore,
    private readonly broker: BrokerAddress,
    private readonly listeners: Listeners,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.listeners.onStop(() => this.#stop());
    this.#timer = setInterval(() => void this.#tick(), aliveEveryMs).unref();
    void this.#tick();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#stop();
  }

  /**
   * Starts a run and answers at once; the slots go on by themselves.
   *
   * Errors: `order.not_found`, `order.station_not_allowed`, `run.slot_unknown`, `run.no_slots`,
   * `run.in_progress`, `dialect.unknown`.
   */
  async start(request: RunRequest): Promise<Run> {
    const { actor, stationId, orderId } = request;
    const order = await this.orders.get(orderId);
    await this.stations.assertMayUse(stationId, orderId);
    const slots = await this.#slotsOf(request);
    const id = await this.database.inTransaction(async (tx) => {
      const rows = slots.map(({ slot, port, dialect }) => ({ slot, port, dialect: dialect.id }));
      const made = await this.store.insert(tx, { stationId, orderId }, rows).catch(refuseSecond);
      const detail = { run: publicId('run', made), slots: slots.map(({ slot }) => slot) };
      const event = { actor, productKey: order.productKey, orderId, detail };
      await this.audit.record(tx, { action: 'run.started', ...event });
      return made;
    });
    await this.database.afterCommit(() => {
      this.#begin(id, request, slots);
    });
    return await this.get(id);
  }

  /** Errors: `run.not_found`, also for the run of another station when one is named. */
  async get(id: number, stationId: number | null = null): Promise<Run> {
    const run = await this.store.find(this.database.single, id);
    if (!run || (stationId !== null && run.stationId !== stationId)) {
      throw new DomainError('run.not_found', `There is no run run-${id}.`);
    }
    const phases = this.#active.get(id)?.phases;
    const slots = run.slots.map((slot) => ({ ...slot, phase: phases?.get(slot.slot) }));
    return { ...run, slots };
  }

  /** Ends a run at the next border between two steps, which may come later. Errors: `run.not_found`, `run.not_here`. */
  async abort(id: number, stationId: number | null = null): Promise<Run> {
    const run = await this.get(id, stationId);
    if (run.state !== 'running') return run;
    const active = this.#active.get(id);
    if (!active) throw new DomainError('run.not_here', 'Another process works on this run.');
    active.abort.abort();
    await Promise.race([active.work, delay(abortPatienceMs)]);
    return await this.get(id);
  }

  #begin(id: number, request: RunRequest, slots: readonly JigSlot[]): void {
    const abort = new AbortController();
    const phases = new Map<number, SlotPhase>();
    const work = this.#work(id, request, slots, abort.signal, phases);
    this.#active.set(id, { abort, phases, work });
  }

  async #slotsOf({ stationId, slots: wanted }: RunRequest): Promise<JigSlot[]> {
    const known = await this.stations.slots(stationId);
    if (known.length === 0) throw new DomainError('run.no_slots', '');
    const missing = wanted?.find((slot) => !known.some((one) => one.slot === slot));
    if (missing !== undefined) {
      throw new DomainError('run.slot_unknown', `The station has no slot ${missing}.`);
    }
    return known
      .filter(({ slot }) => wanted?.includes(slot) ?? true)
      .map(({ slot, port, dialect }) => ({
        slot,
        port,
        dialect: dialect === null ? dialects[0] : findDialect(dialect),
      }));
  }

  async #work(
    id: number,
    request: RunRequest,
    slots: readonly JigSlot[],
    signal: AbortSignal,
    phases: Map<number, SlotPhase>,
  ): Promise<void> {
    const saving: Promise<void>[] = [];
    await runJig({
      slots,
      orderId: publicId('ord', request.orderId),
      claims: new StationClaims(this.claims, this.broker, request),
      signal,
      onProgress: ({ slot, phase }) => phases.set(slot, phase),
      onResult: (result) => saving.push(this.#save(id, result)),
      onError: (slot, error) => {
        this.log.error({ err: error, run: id, slot }, 'run.slot_failed');
      },
    });
    await Promise.all(saving);
    await this.#end(id, request, signal.aborted ? 'aborted' : 'done');
    this.#active.delete(id);
  }

  async #save(id: number, result: SlotResult): Promise<void> {
    const { slot, outcome, reason } = result;
    this.log.info({ run: id, slot, outcome, reason }, 'run.slot_ended');
    await this.#insist(() => this.store.saveResult(this.database.single, id, result));
  }

  async #end(id: number, request: RunRequest, state: 'done' | 'aborted'): Promise<void> {
    await this.#insist(() =>
      this.database.inTransaction(async (tx) => {
        const hasEnded = await this.store.end(tx, id, state);
        if (!hasEnded) return;
        const detail = { run: publicId('run', id), state };
        const event = { actor: request.actor, orderId: request.orderId, detail };
        await this.audit.record(tx, { action: 'run.ended', ...event });
      }),
    );
  }

  /** The unit is done; the record must not be lost to a database that is away for a moment. */
  async #insist(write: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await write();
        return;
      } catch (error) {
        this.log.warn({ err: error, tries }, 'run.not_saved');
        if (tries >= 5) return;
        await delay(1000 * tries);
      }
    }
  }

  /** Ends every run at its next border between two steps, as far as the time of a stop allows. */
  async #stop(): Promise<void> {
    const active = [...this.#active.values()];
    for (const { abort } of active) abort.abort();
    const tooLate = delay(stopMs, undefined, { ref: false });
    await Promise.race([Promise.all(active.map(({ work }) => work)), tooLate]);
  }

  async #tick(): Promise<void> {
    try {
      await this.store.touch(this.database.single, [...this.#active.keys()]);
      await this.database.inTransaction(async (tx) => {
        for (const id of await this.store.abortSilent(tx, silentSeconds)) {
          const detail = { run: publicId('run', id), state: 'aborted', reason: 'process died' };
          await this.audit.record(tx, { action: 'run.ended', actor: systemActor, detail });
        }
      });
    } catch (error) {
      this.log.debug({ err: error }, 'run.tick_failed');
    }
  }
}

function refuseSecond(error: unknown): never {
  throw mapConstraint(error, {
    run_station_id_key: (cause) => new DomainError('run.in_progress', '', {}, { cause }),
  });
}
