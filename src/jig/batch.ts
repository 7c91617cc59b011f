import { SlotStop } from './slot-result.js';
import type { SlotReason } from './slot-result.js';

/**
 * How the slots of a jig go together.
 *
 * Shape: in `parallel` none waits for another. In `batch` nothing is written unless every slot has its
 * unit and its triple, and all are confirmed together when the last has been verified or has failed.
 */
export const jigModes = ['parallel', 'batch'] as const;
export type JigMode = (typeof jigModes)[number];

/** Where the slots of a batch wait for each other: before the claim, the write, the confirm. */
export type MeetingPoint = 'claim' | 'write' | 'confirm';

/** The slots of a panel, which stop together before anything is written, or go on together. */
export class Batch {
  /** The first that ended before its time, and why. */
  private ended: string | undefined;
  private readonly gates: Readonly<Record<MeetingPoint, Gate>>;

  constructor(
    slots: readonly number[],
    private readonly signal: AbortSignal | undefined,
  ) {
    this.gates = { claim: new Gate(slots), write: new Gate(slots), confirm: new Gate(slots) };
    const leaveAll = (): void => {
      for (const slot of slots) this.leave(slot);
    };
    if (signal?.aborted === true) leaveAll();
    signal?.addEventListener('abort', leaveAll, { once: true });
  }

  /**
   * Waits until every slot has come to a point or has ended.
   *
   * Errors: `SlotStop` with `aborted`; before the write with `batch_incomplete` where one has ended.
   * What has been written is confirmed whatever became of the others: the modules hold it.
   */
  async meet(slot: number, point: MeetingPoint): Promise<void> {
    const areAllThere = await this.gates[point].arrive(slot);
    if (this.signal?.aborted === true) throw new SlotStop('aborted');
    if (!areAllThere && point !== 'confirm') {
      const who = this.ended ?? 'another slot of the batch';
      throw new SlotStop('batch_incomplete', `${who} ended before the write`);
    }
  }

  /** A slot has ended, for that reason if it has not passed; nobody waits for it any more. */
  leave(slot: number, reason?: SlotReason): void {
    if (reason !== undefined) this.ended ??= `slot ${slot} (${reason})`;
    for (const gate of Object.values(this.gates)) gate.leave(slot);
  }
}

/** Opens when every slot has come or has left; stays open for those who come again. */
class Gate {
  private readonly missing: Set<number>;
  private isDeserted = false;
  private open: (areAllThere: boolean) => void = () => undefined;
  private readonly opened = new Promise<boolean>((resolve) => {
    this.open = resolve;
  });

  constructor(slots: readonly number[]) {
    this.missing = new Set(slots);
  }

  arrive(slot: number): Promise<boolean> {
    this.missing.delete(slot);
    return this.whenOpen();
  }

  leave(slot: number): void {
    this.isDeserted = this.missing.delete(slot) || this.isDeserted;
    void this.whenOpen();
  }

  private whenOpen(): Promise<boolean> {
    if (this.missing.size === 0) this.open(!this.isDeserted);
    return this.opened;
  }
}
