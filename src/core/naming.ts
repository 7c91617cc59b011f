import { isDeviceName } from './triple.js';

/**
 * How the devices of an order are named: prefix and a running number.
 *
 * Shape: `prefix` + number padded with zeros to `width`; numbers from `start`.
 */
export interface SequenceNaming {
  readonly kind: 'sequence';
  readonly prefix: string;
  readonly start: number;
  readonly width: number;
}

/** The name of the `index`th device of an order, counted from 0. */
export function sequenceName(naming: SequenceNaming, index: number): string {
  return naming.prefix + String(naming.start + index).padStart(naming.width, '0');
}

/**
 * Lists the first names of an order that break the charset or the length.
 *
 * Shape: at most `most` names; empty when all `quantity` names are good. A running number only
 * grows longer, so the first and the last name speak for all.
 */
export function badNames(naming: SequenceNaming, quantity: number, most = 10): string[] {
  const last = quantity - 1;
  if (isDeviceName(sequenceName(naming, 0)) && isDeviceName(sequenceName(naming, last))) return [];
  const bad: string[] = [];
  for (let index = firstBad(naming, last); index <= last && bad.length < most; index += 1) {
    const name = sequenceName(naming, index);
    if (!isDeviceName(name)) bad.push(name);
  }
  return bad;
}

/** The charset is broken from the start; the length only from where the number grows. */
function firstBad(naming: SequenceNaming, last: number): number {
  if (!isDeviceName(sequenceName(naming, 0))) return 0;
  let good = 0;
  let bad = last;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isDeviceName(sequenceName(naming, middle))) good = middle;
    else bad = middle;
  }
  return bad;
}
