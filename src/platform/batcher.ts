import { DomainError } from '../core/errors.js';
import { joinedTransaction } from './database/joined-transaction.js';

/**
 * What one statement says about one of its items.
 *
 * Shape: `done` with the answer, `failed` with the error of this item alone, or `singly` when the
 * statement left the item out (its row was locked) and it wants a statement of its own.
 */
export type BatchOutcome<O> =
  | { readonly kind: 'done'; readonly value: O }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'singly' };

/** How a batcher works; see `createBatcher`. */
export interface BatcherOptions<I, O> {
  /** One statement for many items; answers one outcome per item, in order. */
  readonly run: (items: readonly I[]) => Promise<readonly BatchOutcome<O>[]>;
  /** The same work for one item; it is used when the statement for many failed. */
  readonly runOne: (item: I) => Promise<O>;
  /** Items with equal keys that wait together are run once; every caller gets that answer. */
  readonly key?: (item: I) => string;
  readonly maxItems?: number;
  /**
   * The largest part of the callers without an answer that one statement takes, 0-1. With one half
   * and one statement in flight, the database works on one half while we talk to the other.
   */
  readonly maxShare?: number;
  readonly maxInFlight?: number;
  readonly maxSingles?: number;
  readonly maxWaiting?: number;
}

/** Coalesces the calls of a moment. `pending` counts the callers that have no answer yet. */
export interface Batcher<I, O> {
  submit(item: I): Promise<O>;
  /**
   * Submits items that belong together: they go out in one statement, unless one of them equals an
   * item that waits already. Shape: at most `maxItems`; outcomes in order, none keeps another.
   */
  submitAll(items: readonly I[]): Promise<PromiseSettledResult<O>[]>;
  readonly pending: number;
  /** Resolves when no caller is without an answer. */
  idle(): Promise<void>;
}

interface Entry<I, O> {
  readonly item: I;
  readonly key: string | undefined;
  /** It goes out with the entry before it. */
  isJoined: boolean;
  readonly callers: { resolve(value: O): void; reject(error: unknown): void }[];
}

/**
 * Makes one statement out of the calls of a moment, so that throughput grows with load.
 *
 * A call starts at the end of its turn of the event loop if a statement may start, else it waits.
 * The next statement leaves before the answers of the last are given out.
 * When a statement fails, its items run singly: one bad row spoils nobody else. An error of kind
 * `unavailable` goes to every caller instead, because single statements would fail alike.
 * Units: 64 items a statement, 2 statements in flight, 4 single ones beside, 4096 callers.
 * Errors: `service.overloaded` beyond `maxWaiting` callers without an answer.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): Batcher<I, O> {
  return new MomentBatcher(options);
}

class MomentBatcher<I, O> implements Batcher<I, O> {
  pending = 0;
  readonly #options: BatcherOptions<I, O>;
  readonly #maxItems: number;
  readonly #maxShare: number;
  readonly #maxWaiting: number;
  readonly #byKey = new Map<string, Entry<I, O>>();
  readonly #queue: Entry<I, O>[] = [];
  readonly #singles: Entry<I, O>[] = [];
  readonly #batchLane: () => void;
  readonly #singleLane: () => void;
  #isScheduled = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: BatcherOptions<I, O>) {
    this.#options = options;
    this.#maxItems = options.maxItems ?? 64;
    this.#maxShare = options.maxShare ?? 1;
    this.#maxWaiting = options.maxWaiting ?? 4096;
    this.#batchLane = lane(options.maxInFlight ?? 2, () => this.#nextBatch());
    this.#singleLane = lane(options.maxSingles ?? 4, () => this.#nextSingle());
  }

  submit(item: I): Promise<O> {
    // What is part of a larger transaction cannot go out in a statement of many callers.
    if (joinedTransaction()) return this.#options.runOne(item);
    if (this.pending >= this.#maxWaiting) {
      const detail = `${this.pending} requests of this kind are waiting already.`;
      return Promise.reject(new DomainError('service.overloaded', detail));
    }
    this.pending += 1;
    return new Promise((resolve, reject) => {
      this.#enqueue(item).callers.push({ resolve, reject });
    });
  }

  submitAll(items: readonly I[]): Promise<PromiseSettledResult<O>[]> {
    const before = this.#queue.length;
    const answers = items.map((item) => this.submit(item));
    for (const entry of this.#queue.slice(before + 1)) entry.isJoined = true;
    return Promise.allSettled(answers);
  }

  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #enqueue(item: I): Entry<I, O> {
    const key = this.#options.key?.(item);
    const alike = key === undefined ? undefined : this.#byKey.get(key);
    if (alike) return alike;
    const entry: Entry<I, O> = { item, key, isJoined: false, callers: [] };
    if (key !== undefined) this.#byKey.set(key, entry);
    this.#queue.push(entry);
    this.#schedule();
    return entry;
  }

  /** Waits for the end of the turn: what the sockets brought together goes out together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#batchLane();
    });
  }

  #nextBatch(): Promise<void> | undefined {
    if (this.#queue.length === 0) return undefined;
    const share = Math.ceil(this.pending * this.#maxShare);
    const entries = this.#queue.splice(0, this.#border(Math.min(share, this.#maxItems)));
    // From here on an equal call is a new one: its statement must start after it was asked.
    for (const { key } of entries) if (key !== undefined) this.#byKey.delete(key);
    return this.#runBatch(entries);
  }

  /** Where the queue can be cut at or before a place; the first group always goes whole. */
  #border(place: number): number {
    const isBorder = (at: number): boolean => this.#queue[at]?.isJoined !== true;
    let at = place;
    while (at > 0 && !isBorder(at)) at -= 1;
    if (at > 0) return at;
    do at += 1;
    while (!isBorder(at));
    return at;
  }

  async #runBatch(entries: readonly Entry<I, O>[]): Promise<void> {
    try {
      const outcomes = await this.#options.run(entries.map(({ item }) => item));
      // A turn later, so that the database does not idle while the answers are written.
      setImmediate(() => {
        this.#deliver(entries, outcomes);
      });
    } catch (error) {
      const isForAll = error instanceof DomainError && error.entry.kind === 'unavailable';
      if (isForAll) for (const entry of entries) this.#fail(entry, error);
      else this.#runSingly(entries);
    }
  }

  #deliver(entries: readonly Entry<I, O>[], outcomes: readonly BatchOutcome<O>[]): void {
    // The statement has worked already: running it again on a miscount could do the work twice.
    const isCountRight = outcomes.length === entries.length;
    for (const [index, entry] of entries.entries()) {
      const outcome = isCountRight ? outcomes[index] : undefined;
      if (outcome === undefined)
        this.#fail(entry, new Error('a statement lost count of its items'));
      else if (outcome.kind === 'done') this.#succeed(entry, outcome.value);
      else if (outcome.kind === 'failed') this.#fail(entry, outcome.error);
      else this.#runSingly([entry]);
    }
  }

  #runSingly(entries: readonly Entry<I, O>[]): void {
    this.#singles.push(...entries);
    this.#singleLane();
  }

  #nextSingle(): Promise<void> | undefined {
    const entry = this.#singles.shift();
    return entry && this.#runSingle(entry);
  }

  async #runSingle(entry: Entry<I, O>): Promise<void> {
    try {
      this.#succeed(entry, await this.#options.runOne(entry.item));
    } catch (error) {
      this.#fail(entry, error);
    }
  }

  #succeed(entry: Entry<I, O>, value: O): void {
    for (const caller of entry.callers) caller.resolve(value);
    this.#settle(entry);
  }

  #fail(entry: Entry<I, O>, error: unknown): void {
    for (const caller of entry.callers) caller.reject(error);
    this.#settle(entry);
  }

  #settle(entry: Entry<I, O>): void {
    this.pending -= entry.callers.length;
    if (this.pending > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** Answers a function that starts work while less than `limit` is under way. */
function lane(limit: number, next: () => Promise<void> | undefined): () => void {
  let active = 0;
  const pump = (): void => {
    while (active < limit) {
      const work = next();
      if (!work) return;
      active += 1;
      void work.finally(() => {
        active -= 1;
        pump();
      });
    }
  };
  return pump;
}
