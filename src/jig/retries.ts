import { slotReasons } from './slot-result.js';
import type { SlotReason, SlotResult } from './slot-result.js';
import { Transcript } from './transcript.js';

/** After what a unit may pass when it is tried again as it lies: a bad contact, noise, a brown-out. */
const worthRetrying: ReadonlySet<SlotReason> = new Set<SlotReason>([
  'port_closed',
  'port_timeout',
  'no_answer',
  'garbage',
  'sync_refused',
  'identity_missing',
  'registration_lost',
  'registration_timeout',
  'write_refused',
  'read_back_refused',
  'read_back_empty',
  'read_back_mismatch',
  'module_reset',
  'restart_refused',
  'restart_timeout',
]);

/** Tells whether a slot that ended so may be tried again. */
export function isWorthRetrying({ reason }: SlotResult): boolean {
  return reason !== undefined && worthRetrying.has(reason);
}

/**
 * Makes one result of two tries of a slot: that of the later, with the unit and the claim of the
 * earlier where the later did not come so far, and with what was said in both.
 */
export function joinTries(earlier: SlotResult, later: SlotResult): SlotResult {
  const { dialect, unit, deviceName, claimId, attempt, reason } = earlier;
  const known = { dialect, unit, deviceName, claimId, attempt };
  const transcript = new Transcript(() => earlier.durationMs);
  for (const line of earlier.transcript) transcript.keep(line);
  const outcome = reason === undefined ? 'PASS' : `${slotReasons[reason]} ${reason}`;
  transcript.add('note', `${outcome}; tried again`);
  for (const { atMs, ...line } of later.transcript) {
    transcript.keep({ ...line, atMs: atMs + earlier.durationMs });
  }
  return {
    ...known,
    ...later,
    tries: earlier.tries + later.tries,
    durationMs: earlier.durationMs + later.durationMs,
    transcript: transcript.lines(),
  };
}
