import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { Database } from '../platform/database/database.js';
import { Listeners } from '../platform/listeners/listeners.js';
import { Signals } from '../platform/signals/signals.js';
import type { RunEventView } from './run-event.js';
import { runEventView } from './run-event.js';
import { RunEventStore } from './run-event.store.js';
import { RunWatches } from './run-watch.js';

/** Events that are read at once, and with them what a slow reader costs. */
const mostEvents = 500;
/** Readers that wait at one copy of the service. */
const mostReaders = 1000;

/** What a reader has and wants. Shape: `stationId` null: the runs of all stations. */
export interface EventsAsked {
  readonly runId: number;
  readonly stationId: number | null;
  /** The number of the last event that the reader has; 0: none. */
  readonly after: number;
}

/** A part of the events of a run. Shape: `next` is the `after` of the next; no more come when over. */
export interface EventsPage {
  readonly events: readonly RunEventView[];
  readonly next: number;
  readonly isOver: boolean;
}

/**
 * The events of runs for those who watch, wherever the run is worked on.
 *
 * Shape: every event is read from the table, at a signal that there are new ones, so all readers see
 * the same numbers, and none is buffered for a reader that is slow.
 */
@Injectable()
export class RunEventsService implements OnApplicationBootstrap {
  readonly #watches = new RunWatches();

  constructor(
    private readonly database: Database,
    private readonly store: RunEventStore,
    private readonly signals: Signals,
    private readonly listeners: Listeners,
  ) {}

  onApplicationBootstrap(): void {
    this.signals.on('run', (key) => {
      this.#watches.tell(key === undefined ? undefined : Number(key));
    });
    this.listeners.onStop(() => {
      this.#watches.stop();
    });
  }

  /**
   * The events after some number, at once if there are any, else as soon as there are.
   *
   * Units: ms to wait at most; then, and at a stop of the service, the page is empty.
   * Errors: `run.not_found`, `service.overloaded`.
   */
  async poll(asked: EventsAsked, waitMs: number): Promise<EventsPage> {
    const untilMs = performance.now() + waitMs;
    const watch = this.#open(asked.runId);
    try {
      for (;;) {
        const page = await this.#read(asked);
        const leftMs = untilMs - performance.now();
        if (page.events.length > 0 || page.isOver || leftMs <= 0) return page;
        if (this.#watches.isStopped) return page;
        await watch.news(leftMs);
      }
    } finally {
      watch.close();
    }
  }

  /**
   * The events after some number, part by part, until the run is over or the service stops.
   *
   * Shape: an empty part is a sign of life. Units: ms of silence after which one is given, and after
   * which the table is looked at even without a signal.
   * Errors: as `poll`.
   */
  async *follow(
    asked: EventsAsked,
    beatMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly RunEventView[]> {
    const watch = this.#open(asked.runId);
    const leave = (): void => {
      watch.tell();
    };
    signal.addEventListener('abort', leave);
    try {
      let { after } = asked;
      while (!this.#watches.isStopped && !signal.aborted) {
        const { events, next, isOver } = await this.#read({ ...asked, after });
        if (events.length > 0) yield events;
        if (isOver) return;
        after = next;
        if (events.length === 0 && !(await watch.news(beatMs))) yield [];
      }
    } finally {
      signal.removeEventListener('abort', leave);
      watch.close();
    }
  }

  #open(runId: number): ReturnType<RunWatches['open']> {
    if (this.#watches.count < mostReaders) return this.#watches.open(runId);
    throw new DomainError('service.overloaded', `${mostReaders} readers wait for runs already.`);
  }

  async #read({ runId, stationId, after }: EventsAsked): Promise<EventsPage> {
    const run = await this.store.read(this.database.single, runId, after, mostEvents);
    if (!run || (stationId !== null && run.stationId !== stationId)) {
      throw new DomainError('run.not_found', `There is no run ${publicId('run', runId)}.`);
    }
    const last = run.events.at(-1);
    return {
      events: run.events.map((event) => runEventView(run, event)),
      next: last?.id ?? after,
      // A run that ended before there were events has none.
      isOver: last ? last.type === 'run.ended' : run.state !== 'running',
    };
  }
}
