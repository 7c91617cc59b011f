import type { Outcome, SlotPhase, TranscriptLine } from '../jig/slot-result.js';

/** The states of a run. */
export type RunState = 'running' | 'done' | 'aborted';

/** A run without its slots. */
export interface RunHead {
  readonly id: number;
  readonly stationId: number;
  readonly orderId: number;
  readonly state: RunState;
  readonly startedAt: Date;
  /** When its end was asked for before the work was done. */
  readonly abortAskedAt: Date | null;
  readonly endedAt: Date | null;
}

/** A run with what is known of its slots so far. */
export interface Run extends RunHead {
  readonly slots: readonly RunSlot[];
}

/** One slot of a run; `outcome` is null while it works. Units: milliseconds. */
export interface RunSlot {
  readonly slot: number;
  readonly port: string;
  /** The one that the slot names, or that was found; null until then. */
  readonly dialect: string | null;
  /** The last that it entered. */
  readonly phase: SlotPhase | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  readonly claimId: number | null;
  readonly isVolatile: boolean;
  /** How often the unit was worked on; null while it works. */
  readonly tries: number | null;
  readonly durationMs: number | null;
  readonly transcript: readonly TranscriptLine[] | null;
}
