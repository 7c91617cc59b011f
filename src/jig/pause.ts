import { systemTimers } from './timers.js';
import type { SlotRunnerOptions } from './slot-options.js';

/** Waits; an abort ends that at once. Units: ms. */
export function pause(
  ms: number,
  { signal, timers = systemTimers }: Pick<SlotRunnerOptions, 'signal' | 'timers'>,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = timers.start(ms, () => {
      signal?.removeEventListener('abort', end);
      resolve();
    });
    const end = (): void => {
      stop();
      resolve();
    };
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
