import { setMaxListeners } from 'node:events';
import type { Dialect } from '../at/dialect.js';
import type { UnitReport } from '../core/unit-identity.js';
import { Batch } from './batch.js';
import type { JigMode, MeetingPoint } from './batch.js';
import { JigUnits } from './jig-units.js';
import { pause } from './pause.js';
import { isWorthRetrying, joinTries, pauseBefore } from './retries.js';
import type { Try } from './retries.js';
import { runSlot } from './slot-runner.js';
import type { SlotRunnerOptions } from './slot-options.js';
import type { SlotResult } from './slot-result.js';
import { systemTimers } from './timers.js';

/**
 * One slot of a jig: where its module's line is, and what it speaks.
 *
 * Shape: without `dialect` the module is asked what it is; `scanned` is what the operator read from the
 * unit; the slot works on no other one.
 */
export interface JigSlot {
  readonly slot: number;
  readonly port: string;
  readonly dialect?: Dialect | undefined;
  readonly scanned?: UnitReport | undefined;
}

/**
 * One closing of a jig.
 *
 * Shape: all but `slots` is the same for every slot; `mode` is `parallel` unless told; `retries` is how
 * often a slot that ended for a reason that may pass is tried again, 0 unless told.
 */
export interface JigOptions extends Omit<
  SlotRunnerOptions,
  'slot' | 'port' | 'dialect' | 'admit' | 'meet'
> {
  readonly slots: readonly JigSlot[];
  readonly mode?: JigMode | undefined;
  readonly retries?: number | undefined;
  readonly onResult?: ((result: SlotResult) => void) | undefined;
}

/**
 * Runs all slots of a jig at once.
 *
 * Shape: one result per slot, in the order given; never rejects. A unit seen on two slots (stacked
 * boards, crossed lines) is worked on by the first only; a slot that is tried again takes no other unit
 * than before.
 */
export function runJig(options: JigOptions): Promise<readonly SlotResult[]> {
  const { slots, mode, retries = 0, onResult, ...shared } = options;
  if (options.signal) setMaxListeners(0, options.signal); // each slot listens
  const units = new JigUnits();
  const numbers = slots.map(({ slot }) => slot);
  const batch = mode === 'batch' ? new Batch(numbers, options.signal) : undefined;
  return Promise.all(
    slots.map(async ({ scanned, ...slot }) => {
      const admit = (found: UnitReport): UnitReport => units.admit(slot.slot, found, scanned);
      const meet = batch && ((point: MeetingPoint) => batch.meet(slot.slot, point));
      const result = await runTries({ ...shared, ...slot, admit, meet }, () => retries);
      batch?.leave(slot.slot, result.reason);
      try {
        onResult?.(result);
      } catch (error) {
        options.onError?.(slot.slot, error);
      }
      return result;
    }),
  );
}

/**
 * Runs a slot, and again where it ended for a reason that may pass, after a moment where that is for its
 * port to come back; `retries` is asked after each try.
 */
export async function runTries(
  options: SlotRunnerOptions,
  retries: () => number,
): Promise<SlotResult> {
  const { signal, timers = systemTimers } = options;
  const beganMs = timers.now();
  const first = { startMs: 0, result: await runSlot(options) };
  const others: Try[] = [];
  for (;;) {
    const { result } = others.at(-1) ?? first;
    const tries = 1 + others.length;
    if (tries > retries() || !isWorthRetrying(result)) break;
    await pause(pauseBefore(result, tries), options);
    if (signal?.aborted === true) break;
    const startMs = Math.round(timers.now() - beganMs);
    others.push({ startMs, result: await runSlot(options) });
  }
  return joinTries(first, ...others);
}
