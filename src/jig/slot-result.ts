import type { UnitReport } from '../core/unit-identity.js';

/** How a slot can end. */
export const outcomes = ['PASS', 'FAIL', 'ERROR', 'TIMEOUT', 'ABORTED'] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * Every reason for not passing, with the outcome it means; stable, never renamed.
 *
 * Shape: FAIL is the unit's, ERROR is ours, the bench's or the network's, TIMEOUT is silence;
 * `service_stopped` is given to slots of a run whose service has stopped or died, never by the jig.
 */
export const slotReasons = {
  port_malformed: 'ERROR',
  port_refused: 'ERROR',
  port_denied: 'ERROR',
  port_busy: 'ERROR',
  port_device_missing: 'ERROR',
  port_settings_refused: 'ERROR',
  port_closed: 'ERROR',
  port_timeout: 'TIMEOUT',
  no_answer: 'TIMEOUT',
  garbage: 'ERROR',
  sync_refused: 'FAIL',
  dialect_unknown: 'FAIL',
  dialect_ambiguous: 'ERROR',
  identity_missing: 'FAIL',
  unit_mismatch: 'FAIL',
  unit_duplicate: 'FAIL',
  unit_changed: 'FAIL',
  batch_incomplete: 'ABORTED',
  claim_refused: 'ERROR',
  claim_unanswered: 'ERROR',
  registration_unsupported: 'ERROR',
  broker_unreachable: 'ERROR',
  registration_refused: 'ERROR',
  registration_lost: 'ERROR',
  registration_timeout: 'TIMEOUT',
  registration_malformed: 'ERROR',
  registration_mismatch: 'ERROR',
  argument_refused: 'ERROR',
  write_refused: 'FAIL',
  read_back_refused: 'FAIL',
  read_back_empty: 'FAIL',
  read_back_mismatch: 'FAIL',
  read_back_unproven: 'FAIL',
  module_reset: 'FAIL',
  restart_refused: 'FAIL',
  restart_unproven: 'ERROR',
  restart_timeout: 'TIMEOUT',
  login_refused: 'FAIL',
  login_timeout: 'TIMEOUT',
  login_unseen: 'FAIL',
  volatile: 'FAIL',
  confirm_refused: 'ERROR',
  confirm_unanswered: 'ERROR',
  slot_timeout: 'TIMEOUT',
  aborted: 'ABORTED',
  service_stopped: 'ABORTED',
  internal: 'ERROR',
} as const satisfies Record<string, Exclude<Outcome, 'PASS'>>;
export type SlotReason = keyof typeof slotReasons;

/** What a slot is doing, in this order; `register` in product-secret orders only. */
export const slotPhases = [
  'connect',
  'sync',
  'identify',
  'claim',
  'register',
  'write',
  'read_back',
  'restart',
  'verify',
  'confirm',
] as const;
export type SlotPhase = (typeof slotPhases)[number];

/** One line of a conversation, masked. Units: milliseconds from the start of the slot. */
export interface TranscriptLine {
  readonly atMs: number;
  readonly direction: 'sent' | 'received' | 'note';
  readonly text: string;
}

/**
 * What came of one slot.
 *
 * Shape: `reason` is absent for PASS; `detail` is for a person and holds no secret; `dialect` is the
 * one that was named, or found; absent where neither. `isVolatile` is true where the triple did not
 * outlive the restart, or what was written is known not to, whether that was accepted or not;
 * `attempt` is that of the claim; `tries` counts how often the unit was worked on.
 * Units: milliseconds.
 */
export interface SlotResult {
  readonly slot: number;
  readonly outcome: Outcome;
  readonly reason?: SlotReason;
  readonly detail?: string;
  readonly dialect?: string | undefined;
  readonly unit?: UnitReport | undefined;
  readonly deviceName?: string | undefined;
  readonly claimId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly tries: number;
  readonly isVolatile: boolean;
  readonly durationMs: number;
  readonly transcript: readonly TranscriptLine[];
}

/** The phase that a slot has entered, with what it holds by then. */
export interface SlotProgress extends Pick<
  SlotResult,
  'slot' | 'dialect' | 'unit' | 'deviceName' | 'claimId' | 'attempt'
> {
  readonly phase: SlotPhase;
}

/** Ends the work on a slot with a reason; never leaves `src/jig`. */
export class SlotStop extends Error {
  override readonly name = 'SlotStop';

  constructor(
    readonly reason: SlotReason,
    readonly detail?: string,
    options?: ErrorOptions,
  ) {
    super(detail === undefined ? reason : `${reason}: ${detail}`, options);
  }
}
