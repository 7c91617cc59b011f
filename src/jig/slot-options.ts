import type { Dialect } from '../at/dialect.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { MeetingPoint } from './batch.js';
import type { Claims } from './claims.js';
import type { OrderTerms } from './order-terms.js';
import type { SlotProgress } from './slot-result.js';
import type { Timers } from './timers.js';
import type { ConnectPort } from './transports/transport.js';

/** Time-outs of a slot beside those of its dialect. Units: milliseconds. */
export interface SlotLimits {
  readonly connectMs: number;
  readonly slotMs: number;
  readonly failMs: number;
}

/** The time-outs that hold unless told otherwise. */
export const defaultLimits: SlotLimits = { connectMs: 5_000, slotMs: 300_000, failMs: 10_000 };

/**
 * One slot to run.
 *
 * Shape: without `dialect` it is found by what the module says it is, among `dialects` (the built-in
 * ones where absent). `terms` are those of the order where they are known before the claim: what can
 * never pass under them costs no triple. `timeoutScale` multiplies every time-out of the dialect (1 is as documented);
 * `admit` gives the numbers to claim a unit with, or refuses it with a `SlotStop`; `meet` waits for the
 * other slots of a batch; `onError` gets what ended as `internal`.
 */
export interface SlotRunnerOptions {
  readonly slot: number;
  readonly port: string;
  readonly dialect?: Dialect | undefined;
  readonly dialects?: readonly Dialect[] | undefined;
  readonly orderId: string;
  readonly terms?: OrderTerms | undefined;
  readonly claims: Claims;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<SlotLimits> | undefined;
  readonly timeoutScale?: number | undefined;
  readonly timers?: Timers | undefined;
  readonly connect?: ConnectPort | undefined;
  readonly admit?: ((found: UnitReport) => UnitReport) | undefined;
  readonly meet?: ((point: MeetingPoint) => Promise<void>) | undefined;
  readonly onProgress?: ((progress: SlotProgress) => void) | undefined;
  readonly onError?: ((slot: number, error: unknown) => void) | undefined;
}
