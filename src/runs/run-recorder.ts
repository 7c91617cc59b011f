import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { SlotProgress, SlotResult } from '../jig/slot-result.js';
import type { NewEvent, SlotState } from './run-event.store.js';

/** Units: ms in which events of a run gather before they are written together. */
const gatherMs = 100;

/** What a recorder writes with. Errors: `write` may fail; what it got comes again with the next. */
export interface RecorderOptions {
  readonly write: (events: readonly NewEvent[], slots: readonly SlotState[]) => Promise<void>;
  readonly gatherMs?: number;
}

/**
 * Numbers the events of one run and writes them in its background.
 *
 * Shape: one write at a time, at most ten a second whatever the number of slots; number 1 is the start
 * of the run. Events stay in order and none is lost to a write that failed. A slot is written when
 * more is known of it, so that a process that dies leaves behind what each slot held.
 */
export class RunRecorder {
  readonly #gathering = new AbortController();
  #lastId = 1;
  #events: NewEvent[] = [];
  readonly #slots = new Map<number, SlotState>();
  #changed = new Set<number>();
  #writing: Promise<void> | undefined;

  constructor(private readonly options: RecorderOptions) {}

  entered({ phase, ...state }: SlotProgress): void {
    const { slot } = state;
    this.#know(state);
    this.#add({ type: 'slot.phase', slot, phase });
  }

  ended(result: SlotResult): void {
    this.#know(result);
    this.#add({ type: 'slot.ended', slot: result.slot, phase: null });
  }

  /** Writes what is left, at once. Errors: those of the write; then not all is written. */
  async finish(): Promise<void> {
    this.#gathering.abort();
    await this.#writing?.catch(() => undefined);
    while (this.#events.length > 0) await this.#write();
  }

  #know(news: SlotState): void {
    const { slot } = news;
    const before = this.#slots.get(slot) ?? { slot };
    const known = { ...before, ...news };
    this.#slots.set(slot, known);
    if (!isDeepStrictEqual(known, before)) this.#changed.add(slot);
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
    const [events, changed] = [this.#events, this.#changed];
    [this.#events, this.#changed] = [[], new Set()];
    try {
      await this.options.write(
        events,
        [...this.#slots.values()].filter(({ slot }) => changed.has(slot)),
      );
    } catch (error) {
      this.#events.unshift(...events);
      for (const slot of changed) this.#changed.add(slot);
      throw error;
    }
  }
}
