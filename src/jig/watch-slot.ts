import { setMaxListeners } from 'node:events';
import type { UnitReport } from '../core/unit-identity.js';
import { runTries } from './jig.js';
import { pause } from './pause.js';
import type { SlotRunnerOptions } from './slot-options.js';
import { SlotStop } from './slot-result.js';
import type { SlotReason, SlotResult } from './slot-result.js';

/** Which unit is on which slot of a jig that is never closed as a whole. */
export type UnitsOnSlots = Map<number, string>;

/** Why a look has found nothing to do. Shape: both absent where a signal has ended it. */
export type Idleness = Pick<SlotResult, 'reason' | 'detail'>;

/**
 * A slot to watch.
 *
 * Shape: `onIdle` tells, after each look, why there is nothing to do: `unit_duplicate` while the unit
 * is still there (or on another slot), else why no unit was found.
 * Units: ms between two looks.
 */
export interface WatchOptions extends Omit<SlotRunnerOptions, 'admit' | 'meet' | 'signal'> {
  readonly signal: AbortSignal;
  readonly units: UnitsOnSlots;
  readonly retries?: number | undefined;
  readonly everyMs: number;
  readonly onResult: (result: SlotResult) => void;
  readonly onIdle: (slot: number, why: Idleness) => void;
}

const unanswered: ReadonlySet<SlotReason | undefined> = new Set<SlotReason>([
  'claim_unanswered',
  'confirm_unanswered',
]);
/** Looks without an answer before a unit counts as taken off: one alone may be noise on the line. */
const looksAfterPass = 2;
const looksAfterTrouble = 1;

/**
 * Runs a slot whenever a unit comes that was not there before, until it is aborted; never rejects.
 *
 * Shape: a unit is worked on once until it is taken off, but again where its claim or its confirm got
 * no answer: nobody has said that it should have nothing, or what it has come to. A look is the
 * beginning of a run; it asks for the unit's number and claims nothing.
 */
export async function watchSlot(options: WatchOptions): Promise<void> {
  const { slot, signal, units, onResult, onIdle } = options;
  setMaxListeners(0, signal); // each slot listens
  let silent = 0;
  let looksUntilGone = looksAfterTrouble;
  while (!signal.aborted) {
    const { result, isWorkedOn } = await look(options);
    if (isWorkedOn) {
      looksUntilGone = result.outcome === 'PASS' ? looksAfterPass : looksAfterTrouble;
      onResult(result);
    } else {
      onIdle(slot, result);
    }
    silent = result.unit === undefined ? silent + 1 : 0;
    const isUnanswered = isWorkedOn && unanswered.has(result.reason);
    if (isUnanswered || silent >= looksUntilGone) units.delete(slot);
    await pause(options.everyMs, options);
  }
}

async function look(
  options: WatchOptions,
): Promise<{ readonly result: SlotResult; readonly isWorkedOn: boolean }> {
  const { slot, units, retries = 0, onProgress } = options;
  let isWorkedOn = false;
  const admit = (found: UnitReport): UnitReport => {
    const identity = found.imei ?? found.sn ?? found.mac ?? '';
    if (isWorkedOn) {
      if (units.get(slot) !== identity) throw new SlotStop('unit_changed');
      return found;
    }
    if ([...units.values()].includes(identity)) throw new SlotStop('unit_duplicate');
    units.set(slot, identity);
    isWorkedOn = true;
    return found;
  };
  const heard: SlotRunnerOptions = {
    ...options,
    admit,
    onProgress: (progress) => {
      if (isWorkedOn) onProgress?.(progress);
    },
  };
  // A look that finds no unit is no try.
  const result = await runTries(heard, () => (isWorkedOn ? retries : 0));
  return { result, isWorkedOn };
}
