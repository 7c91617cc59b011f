import { setMaxListeners } from 'node:events';
import type { Dialect } from '../at/dialect.js';
import type { UnitReport } from '../core/unit-identity.js';
import { JigUnits } from './jig-units.js';
import { runSlot } from './slot-runner.js';
import type { SlotRunnerOptions } from './slot-runner.js';
import type { SlotResult } from './slot-result.js';

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

/** One closing of a jig. Shape: all but `slots` is the same for every slot. */
export interface JigOptions extends Omit<SlotRunnerOptions, 'slot' | 'port' | 'dialect' | 'admit'> {
  readonly slots: readonly JigSlot[];
  readonly onResult?: ((result: SlotResult) => void) | undefined;
}

/**
 * Runs all slots of a jig at once; none waits for another.
 *
 * Shape: one result per slot, in the order given; never rejects. A unit seen on two slots (stacked
 * boards, crossed lines) is worked on by the first only.
 */
export function runJig(options: JigOptions): Promise<readonly SlotResult[]> {
  const { slots, onResult, ...shared } = options;
  if (options.signal) setMaxListeners(0, options.signal); // each slot listens
  const units = new JigUnits();
  return Promise.all(
    slots.map(async ({ scanned, ...slot }) => {
      const admit = (found: UnitReport): UnitReport => units.admit(slot.slot, found, scanned);
      const result = await runSlot({ ...shared, ...slot, admit });
      try {
        onResult?.(result);
      } catch (error) {
        options.onError?.(slot.slot, error);
      }
      return result;
    }),
  );
}
