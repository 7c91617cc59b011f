import { DomainError } from '../core/errors.js';

/** Something that happened `count` times in one minute. */
export interface Counted<T> {
  readonly what: T;
  readonly minute: Date;
  readonly count: number;
}

/** How a write-behind works. */
export interface WriteBehindOptions<T> {
  readonly maxEntries: number;
  /** What is the same thing. */
  readonly keyOf: (what: T) => string;
  /** What something is counted as when too many others are waiting. */
  readonly crowdOf: (what: T) => T;
  /**
   * Whether each entry is one row for ever: then it is written soon after it began, and once more
   * when its minute is over; else every time.
   */
  readonly isRowEach: boolean;
  readonly write: (counted: readonly Counted<T>[]) => Promise<void>;
  /** Hears of a write that failed; `lost` entries are not written again. */
  readonly onTrouble: (error: unknown, lost: number) => void;
}

interface Entry<T> {
  readonly what: T;
  readonly minute: Date;
  count: number;
  isTold: boolean;
}

const minuteMs = 60_000;
/** Units: ms between two writes. */
const flushEveryMs = 2000;

/**
 * Counts what happens, in bounded memory, and writes the counts in the background.
 *
 * Shape: by minute. While the database is away the counts wait; whatever else goes wrong with a
 * write loses it, so that nothing is tried for ever.
 */
export class WriteBehind<T> {
  readonly #entries = new Map<string, Entry<T>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WriteBehindOptions<T>) {}

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  /** Writes everything that is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush(Infinity);
  }

  count(what: T, now: Date): void {
    this.#add(what, new Date(Math.floor(now.getTime() / minuteMs) * minuteMs), 1);
  }

  /** Writes what is due. Units: `nowMs` of the calendar. */
  async flush(nowMs = Date.now()): Promise<void> {
    const due = this.#takeDue(nowMs);
    if (due.length === 0) return;
    try {
      await this.options.write(due);
    } catch (error) {
      const isAway = error instanceof DomainError && error.entry.kind === 'unavailable';
      this.options.onTrouble(error, isAway ? 0 : due.length);
      if (isAway) for (const one of due) this.#add(one.what, one.minute, one.count).isTold = false;
    }
  }

  #takeDue(nowMs: number): Counted<T>[] {
    const due: Counted<T>[] = [];
    for (const [key, entry] of this.#entries) {
      const { what, minute, count } = entry;
      const isOver = !this.options.isRowEach || nowMs >= minute.getTime() + minuteMs;
      if (count > 0 && (isOver || !entry.isTold)) {
        due.push({ what, minute, count });
        entry.count = 0;
        entry.isTold = true;
      }
      if (isOver) this.#entries.delete(key);
    }
    return due;
  }

  #add(what: T, minute: Date, count: number): Entry<T> {
    const { maxEntries, keyOf, crowdOf } = this.options;
    const keyAt = (one: T): string => `${minute.getTime()} ${keyOf(one)}`;
    const key = keyAt(what);
    const isCrowd = !this.#entries.has(key) && this.#entries.size >= maxEntries;
    const counted = isCrowd ? crowdOf(what) : what;
    const countedKey = isCrowd ? keyAt(counted) : key;
    const known = this.#entries.get(countedKey);
    const entry = known ?? { what: counted, minute, count: 0, isTold: false };
    if (!known) this.#entries.set(countedKey, entry);
    entry.count += count;
    return entry;
  }
}
