import { publicId } from '../core/public-id.js';
import type { Outcome, SlotPhase } from '../jig/slot-result.js';
import type { RunState } from './run.js';

/** What can happen in a run. */
export type RunEventType = 'run.started' | 'slot.phase' | 'slot.ended' | 'run.ended';

/** An event as it is stored, with what its run and slot came to. Shape: what is not of its type is null. */
export interface RunEventRow {
  /** Counts from 1 in every run, without holes. */
  readonly id: number;
  readonly type: RunEventType;
  readonly at: Date;
  readonly slot: number | null;
  readonly phase: SlotPhase | null;
  readonly slots: readonly number[] | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  readonly isVolatile: boolean | null;
  readonly durationMs: number | null;
}

/** A run and a part of its events, in order, all of one moment. */
export interface RunEvents {
  readonly runId: number;
  readonly stationId: number;
  readonly orderId: number;
  readonly state: RunState;
  readonly events: readonly RunEventRow[];
}

/** One event as it is answered; never a secret. Units: milliseconds. */
export type RunEventView = { readonly id: number; readonly at: string } & (
  | {
      readonly type: 'run.started';
      readonly runId: string;
      readonly stationId: string;
      readonly orderId: string;
      readonly slots: readonly number[];
    }
  | { readonly type: 'slot.phase'; readonly slot: number; readonly phase: SlotPhase | null }
  | {
      readonly type: 'slot.ended';
      readonly slot: number;
      readonly outcome: Outcome | null;
      readonly reason: string | null;
      readonly unit: string | null;
      readonly deviceName: string | null;
      readonly isVolatile: boolean;
      readonly durationMs: number | null;
    }
  | { readonly type: 'run.ended'; readonly runId: string; readonly state: RunState }
);

/** Builds one event of a run, field by field. */
export function runEventView(run: RunEvents, event: RunEventRow): RunEventView {
  const { type, id } = event;
  const at = event.at.toISOString();
  const slot = event.slot ?? 0;
  const runId = publicId('run', run.runId);
  switch (type) {
    case 'run.started': {
      const stationId = publicId('st', run.stationId);
      const orderId = publicId('ord', run.orderId);
      return { id, type, at, runId, stationId, orderId, slots: event.slots ?? [] };
    }
    case 'slot.phase':
      return { id, type, at, slot, phase: event.phase };
    case 'slot.ended': {
      const { outcome, reason, unit, deviceName, durationMs } = event;
      const isVolatile = event.isVolatile ?? false;
      return { id, type, at, slot, outcome, reason, unit, deviceName, isVolatile, durationMs };
    }
    case 'run.ended':
      return { id, type, at, runId, state: run.state };
  }
}
