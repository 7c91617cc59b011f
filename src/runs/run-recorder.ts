import { setTimeout as delay } from 'node:timers/promises';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import type { NewEvent } from './run-event.store.js';

/** Units: ms in which events of a run gather before they are written together. */
const gatherMs = 100;

/** What a recorder writes with. Errors: `write` may fail; what it got comes again with the next. */
export interface RecorderOptions {
  readonly write: (events: readonly NewEvent[], results: readonly SlotResult[]) => Promise<void>;
  readonly gatherMs?: number;
}

/**
 * Numbers the events of one run and writes them in its background.
 *
 * Shape: one write at a time, at most ten a second whatever the number of slots; number 1 is the start
 * of the run. Events stay in order and none is lost to a write that failed.
 */
export class RunRecorder {
  readonly #gathering = new AbortController();
  #lastId = 1;
  #events: NewEvent[] = [];
  #results: SlotResult[] = [];
  #writing: Promise<void> | undefined;

  constructor(private readonly options: RecorderOptions) {}

  phase(slot: number, phase: SlotPhase): void {
    this.#add({ type: 'slot.phase', slot, phase });
  }

  ended(result: SlotResult): void {
    this.#results.push(result);
    this.#add({ type: 'slot.ended', slot: result.slot, phase: null });
  }

  /** Writes what is left, at once. Errors: those of the write; then not all is written. */
  async finish(): Promise<void> {
    this.#gathering.abort();
    await this.#writing?.catch(() => undefined);
    while (this.#events.length > 0) await this.#write();
  }

  #add(event: Omit<NewEvent, 'id' | 'at'>): void {
    this.#lastId += 1;
    this.#events.push({ id: this.#lastId, at: new Date(), ...event });
    this.#writing ??= this.#gather();
    // Whoever finishes the run hears of trouble again, with the same events.
    this.#writing.catch(() => undefined);
  }

  async #gather(): Promise<void> {
    const { signal } = this.#gathering;
    try {
      while (this.#events.length > 0) {
        await delay(this.options.gatherMs ?? gatherMs, undefined, { signal }).catch(
          () => undefined,
        );
        await this.#write();
      }
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(): Promise<void> {
    const [events, results] = [this.#events, this.#results];
    [this.#events, this.#results] = [[], []];
    try {
      await this.options.write(events, results);
    } catch (error) {
      this.#events.unshift(...events);
      this.#results.unshift(...results);
      throw error;
    }
  }
}
