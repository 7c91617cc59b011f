import type { Dialect } from '../at/dialect.js';
import type { UnitReport } from '../core/unit-identity.js';
import { runSlot } from './slot-runner.js';
import type { SlotRunnerOptions } from './slot-runner.js';
import type { SlotResult } from './slot-result.js';

/** One slot of a jig: where its module's line is, and what it speaks. */
export interface JigSlot {
  readonly slot: number;
  readonly port: string;
  readonly dialect: Dialect;
}

/** One closing of a jig. Shape: all but `slots` is the same for every slot. */
export interface JigOptions extends Omit<
  SlotRunnerOptions,
  'slot' | 'port' | 'dialect' | 'reserveUnit'
> {
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
  const seen = new Set<string>();
  const reserveUnit = ({ imei, sn, mac }: UnitReport): boolean => {
    const identity = imei ?? sn ?? mac ?? '';
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  };
  return Promise.all(
    slots.map(async (slot) => {
      const result = await runSlot({ ...shared, ...slot, reserveUnit });
      try {
        onResult?.(result);
      } catch (error) {
        options.onError?.(slot.slot, error);
      }
      return result;
    }),
  );
}
