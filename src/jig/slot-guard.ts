import { SlotStop } from './slot-result.js';
import type { Timers } from './timers.js';

/** Keeps a slot within its time and asks, at each border, whether it was aborted. */
export class SlotGuard {
  private readonly expired: Promise<never>;
  private readonly stopTimer: () => void;
  private isOver = false;

  constructor(
    timers: Timers,
    slotMs: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    let expire: (stop: SlotStop) => void = () => undefined;
    this.expired = new Promise((_, reject) => {
      expire = reject;
    });
    this.expired.catch(() => undefined);
    this.stopTimer = timers.start(slotMs, () => {
      this.isOver = true;
      expire(new SlotStop('slot_timeout', `the slot took longer than ${slotMs} ms`));
    });
  }

  /** Passes a border between two pieces of work. Errors: `SlotStop` with `aborted`, `slot_timeout`. */
  border(): void {
    if (this.isOver) {
      throw new SlotStop('slot_timeout');
    }
    if (this.signal?.aborted === true) {
      throw new SlotStop('aborted');
    }
  }

  /** Waits for work, but not beyond the time of the slot. */
  within<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.expired]);
  }

  /** Calls back once when the slot is aborted, at once if it has been. Gives the end of the listening. */
  onAbort(listener: () => void): () => void {
    if (this.signal?.aborted === true) {
      listener();
    }
    this.signal?.addEventListener('abort', listener, { once: true });
    return () => {
      this.signal?.removeEventListener('abort', listener);
    };
  }

  dispose(): void {
    this.stopTimer();
  }
}
