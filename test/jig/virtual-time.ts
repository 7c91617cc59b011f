import type { Timers } from '../../src/jig/timers.js';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly ring: () => void;
}

/**
 * A clock that jumps to the next thing that is due, as soon as nothing else can happen.
 *
 * Units: milliseconds. What waits for nothing at all is an error: it would have waited for ever.
 */
export class VirtualTime implements Timers {
  private nowMs = 0;
  private started = 0;
  private readonly pending = new Set<Pending>();

  /** Shape: `isBusy` holds the clock while something real is under way, a socket for one. */
  constructor(private readonly isBusy: () => boolean = () => false) {}

  now(): number {
    return this.nowMs;
  }

  start(ms: number, ring: () => void): () => void {
    const timer = { dueMs: this.nowMs + ms, order: (this.started += 1), ring };
    this.pending.add(timer);
    return () => {
      this.pending.delete(timer);
    };
  }

  /** Lets time pass until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const watched = work.finally(() => {
      state.isDone = true;
    });
    watched.catch(() => undefined);
    for (;;) {
      await new Promise(setImmediate);
      if (state.isDone) {
        return watched;
      }
      if (!this.isBusy()) {
        this.ringNext();
      }
    }
  }

  /** Lets so much time pass; for what needs no promise. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let next = this.next(); next !== undefined && next.dueMs <= endMs; next = this.next()) {
      this.ringNext();
    }
    this.nowMs = endMs;
  }

  private next(): Pending | undefined {
    const [first, ...others] = this.pending;
    const isBefore = (one: Pending, other: Pending): boolean =>
      one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
    return others.reduce((best, timer) => (best && isBefore(best, timer) ? best : timer), first);
  }

  private ringNext(): void {
    const next = this.next();
    if (next === undefined) {
      throw new Error(`it hangs: nothing is due any more after ${this.nowMs} ms`);
    }
    this.pending.delete(next);
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.ring();
  }
}
