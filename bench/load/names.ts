import type { Fleet } from './wave.js';

/** The names of a fleet, in order. */
export function namesOf({ prefix, width, from, count }: Fleet): string[] {
  return Array.from(
    { length: count },
    (_, index) => prefix + String(from + index).padStart(width, '0'),
  );
}
