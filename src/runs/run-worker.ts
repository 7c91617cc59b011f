import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { publicId } from '../core/public-id.js';
import { runJig } from '../jig/jig.js';
import type { JigOptions } from '../jig/jig.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { BrokerAddress } from '../platform/broker-address.js';
import { Listeners } from '../platform/listeners/listeners.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import { ClaimService } from '../stations/claim.service.js';
import { RunRecords } from './run-records.js';
import type { RunRequest } from './run-records.js';
import { StationClaims } from './station-claims.js';

/** Units: ms between signs of life of a run. */
const aliveEveryMs = 5000;
/** Units: ms that a stop waits for steps under way; what is later counts as silent. */
const stopMs = 7000;
/** Units: ms that the answer to an abort waits for the run to end. */
const abortPatienceMs = 1000;

/** What the slots of a run work with. Shape: `dialects` are those that a module may speak. */
type JigWork = Pick<JigOptions, 'slots' | 'terms' | 'dialects'>;

/** A run that this process works on. */
interface ActiveRun {
  readonly abort: AbortController;
  readonly work: Promise<void>;
}

/** Works on the runs that were started at this copy of the service. */
@Injectable()
export class RunWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #active = new Map<number, ActiveRun>();
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly records: RunRecords,
    private readonly claims: ClaimService,
    private readonly broker: BrokerAddress,
    private readonly listeners: Listeners,
    private readonly signals: Signals,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.listeners.onStop(() => this.#stop());
    // A lost signal is only late: what is to end is also looked for.
    this.signals.on('run-abort', (key) =>
      key === undefined ? this.#tick() : this.#active.get(Number(key))?.abort.abort(),
    );
    this.#timer = setInterval(() => void this.#tick(), aliveEveryMs).unref();
    void this.#tick();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#stop();
  }

  /** Begins to work; the slots go on by themselves. */
  begin(id: number, request: RunRequest, jig: JigWork): void {
    const abort = new AbortController();
    const work = this.#work(id, request, { ...jig, signal: abort.signal }).finally(() => {
      this.#active.delete(id);
    });
    this.#active.set(id, { abort, work });
  }

  /** Ends a run of this process at the next border between two steps; waits a moment for it. */
  async abort(id: number): Promise<void> {
    const active = this.#active.get(id);
    if (!active) return;
    active.abort.abort();
    await Promise.race([active.work, delay(abortPatienceMs)]);
  }

  async #work(
    id: number,
    request: RunRequest,
    jig: JigWork & { readonly signal: AbortSignal },
  ): Promise<void> {
    const recorder = this.records.recorder(id);
    const phases = new Map<number, SlotPhase>();
    const claims = new StationClaims(this.claims, this.broker, request, {
      signal: jig.signal,
      mode: request.mode,
      countIn: (phase) => [...phases.values()].filter((one) => one === phase).length,
      onAgain: (call, { code }) => {
        this.log.warn({ run: id, call, code }, 'run.asked_again');
      },
    });
    await runJig({
      ...jig,
      orderId: publicId('ord', request.orderId),
      claims,
      mode: request.mode,
      retries: request.retries,
      onProgress: (progress) => {
        phases.set(progress.slot, progress.phase);
        recorder.entered(progress);
      },
      onResult: (ended) => {
        const result = this.#isStopping ? stopped(ended) : ended;
        const { slot, outcome, reason, tries } = result;
        this.log.info({ run: id, slot, outcome, reason, tries }, 'run.slot_ended');
        phases.delete(slot);
        recorder.ended(result);
      },
      onError: (slot, error) => {
        this.log.error({ err: error, run: id, slot }, 'run.slot_failed');
      },
    });
    await this.records.end(id, request, recorder, jig.signal.aborted ? 'aborted' : 'done');
  }

  /** Ends every run at its next border between two steps, as far as the time of a stop allows. */
  async #stop(): Promise<void> {
    this.#isStopping = true;
    const active = [...this.#active.values()];
    for (const { abort } of active) abort.abort();
    const tooLate = delay(stopMs, undefined, { ref: false });
    await Promise.race([Promise.all(active.map(({ work }) => work)), tooLate]);
  }

  async #tick(): Promise<void> {
    try {
      const toEnd = await this.records.look([...this.#active.keys()]);
      for (const id of toEnd) this.#active.get(id)?.abort.abort();
    } catch (error) {
      this.log.debug({ err: error }, 'run.tick_failed');
    }
  }
}

/** Nobody has aborted a slot that ended because the service stops. */
function stopped(result: SlotResult): SlotResult {
  return result.reason === 'aborted' ? { ...result, reason: 'service_stopped' } : result;
}
