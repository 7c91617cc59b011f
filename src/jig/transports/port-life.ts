import { SlotStop } from '../slot-result.js';
import type { PortEnd } from './transport.js';

/** Keeps how a port ended: the first end counts, it is told once, and not after our own close. */
export class PortLife {
  private end: PortEnd | undefined;
  private isClosed = false;
  private readonly listeners: ((end: PortEnd) => void)[] = [];

  get isOpen(): boolean {
    return !this.isClosed && this.end === undefined;
  }

  /** Ends the life. Shape: false when it was over already. */
  finish(end: PortEnd): boolean {
    if (!this.isOpen) {
      return false;
    }
    this.end = end;
    for (const listener of this.listeners) {
      listener(end);
    }
    return true;
  }

  close(): void {
    this.isClosed = true;
  }

  /** Tells the end, also one that came before. */
  onEnd(listener: (end: PortEnd) => void): void {
    this.listeners.push(listener);
    if (this.end !== undefined) {
      listener(this.end);
    }
  }
}

/** What is thrown for a port that did not open. */
export function stopOf({ reason, detail }: PortEnd): SlotStop {
  return new SlotStop(reason, detail);
}
