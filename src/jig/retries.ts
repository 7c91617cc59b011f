import { slotReasons } from './slot-result.js';
import type { SlotReason, SlotResult } from './slot-result.js';
import { Transcript } from './transcript.js';

/** A port that may come back: a cable that was put in again, a server or a program that lets go. */
const ofPort: ReadonlySet<SlotReason | undefined> = new Set<SlotReason>([
  'port_closed',
  'port_timeout',
  'port_busy',
  'port_device_missing',
  'port_refused',
]);

/** What tells nothing of the module, for it was not understood. */
const ofLine: ReadonlySet<SlotReason | undefined> = new Set<SlotReason>([
  'no_answer',
  'garbage',
  'sync_refused',
]);

/** After what a unit may pass when it is tried again as it lies: a bad contact, noise, a brown-out. */
const ofModule: ReadonlySet<SlotReason | undefined> = new Set<SlotReason>([
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

/** Units: ms before the second try at a port; it doubles, for a USB device is back after seconds. */
const portPauseMs = 1000;

/** One try of a slot. Units: ms from the beginning of the first try. */
export interface Try {
  readonly startMs: number;
  readonly result: SlotResult;
}

/** Tells whether a slot that ended so may be tried again. */
export function isWorthRetrying({ reason }: SlotResult): boolean {
  return [ofPort, ofLine, ofModule].some((reasons) => reasons.has(reason));
}

/** How long to leave a slot alone before it is tried again. Units: ms; `tries` counts from 1. */
export function pauseBefore({ reason }: SlotResult, tries: number): number {
  return ofPort.has(reason) ? portPauseMs * 2 ** (tries - 1) : 0;
}

/**
 * Makes one result of the tries of a slot, with unit and claim of the latest that had a claim, else of
 * the latest that had a unit, and with what was said in all.
 *
 * Shape: it ends as the last try did; but where that tells nothing of the module and might have been
 * tried again, as the last that does, else as the first.
 */
export function joinTries(first: Try, ...others: readonly Try[]): SlotResult {
  const last = others.at(-1);
  if (last === undefined) return first.result;
  const tries = [first, ...others];
  const results = tries.map(({ result }) => result);
  return {
    ...last.result,
    ...heldIn(results),
    ...endOf(results, last.result),
    tries: tries.length,
    durationMs: last.startMs + last.result.durationMs,
    transcript: transcriptOf(tries),
  };
}

/** All of it from one try: another unit may have been put on the slot since. */
function heldIn(results: readonly SlotResult[]): Partial<SlotResult> {
  const having = (name: 'claimId' | 'unit' | 'dialect'): SlotResult | undefined =>
    results.findLast((result) => result[name] !== undefined);
  const held = having('claimId') ?? having('unit') ?? having('dialect');
  if (held === undefined) return {};
  const { dialect, unit, claimId, deviceName, attempt, isVolatile } = held;
  return { dialect, unit, claimId, deviceName, attempt, isVolatile };
}

function endOf(
  results: readonly SlotResult[],
  last: SlotResult,
): Pick<SlotResult, 'outcome' | 'reason' | 'detail'> {
  const isOfModule = ({ reason }: SlotResult): boolean => ofModule.has(reason);
  const ofLatest = results.findLast(isOfModule) ?? results[0] ?? last;
  const telling = isWorthRetrying(last) ? ofLatest : last;
  const { outcome, reason, detail } = telling.reason === last.reason ? last : telling;
  if (reason === undefined) return { outcome };
  const later =
    reason === last.reason ? undefined : `the last of ${results.length} tries: ${wordsOf(last)}`;
  const told = [detail, later].filter((text) => text !== undefined).join('; ');
  return { outcome, reason, ...(told !== '' && { detail: told }) };
}

function transcriptOf(tries: readonly Try[]): SlotResult['transcript'] {
  const transcript = new Transcript(() => 0);
  tries.forEach(({ startMs, result }, at) => {
    for (const line of result.transcript) {
      transcript.keep({ ...line, atMs: line.atMs + startMs });
    }
    if (at === tries.length - 1) return;
    const atMs = startMs + result.durationMs;
    transcript.keep({ atMs, direction: 'note', text: `${wordsOf(result)}; tried again` });
  });
  return transcript.lines();
}

function wordsOf({ reason }: SlotResult): string {
  return reason === undefined ? 'PASS' : `${slotReasons[reason]} ${reason}`;
}
