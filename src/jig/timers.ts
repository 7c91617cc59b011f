/**
 * The clock and the timers of a jig; tests may bring their own.
 *
 * Units: milliseconds; `now` is monotonic. `start` gives the function that stops the timer.
 */
export interface Timers {
  now(): number;
  start(ms: number, ring: () => void): () => void;
}

/** The timers of the process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  start: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
