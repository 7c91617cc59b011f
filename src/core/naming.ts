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

/** How an order names its devices; those of a standing order come with their names. */
export type Naming = SequenceNaming | { readonly kind: 'given' };

/** The name of the `index`th device of an order, counted from 0. */
export function sequenceName(naming: SequenceNaming, index: number): string {
  return naming.prefix + String(naming.start + index).padStart(naming.width, '0');
}

/**
 * Lists the first names of an order that break the charset or the length.
 *
 * Shape: at most `most` names; empty when all `quantity` names are good. A running number only
 * grows longer, so either the first names are bad (charset, too short) or the last ones (too long);
 * both cannot be, and what lies between is not looked at one by one.
 */
export function badNames(naming: SequenceNaming, quantity: number, most = 10): string[] {
  const first = badRun(naming, 0, Math.min(quantity, most));
  if (first.length > 0) return first;
  const tooLong = firstTooLong(naming, 0, quantity);
  return badRun(naming, tooLong, Math.min(quantity, tooLong + most));
}

function badRun(naming: SequenceNaming, from: number, to: number): string[] {
  const bad: string[] = [];
  for (let index = from; index < to; index += 1) {
    const name = sequenceName(naming, index);
    if (isDeviceName(name)) break;
    bad.push(name);
  }
  return bad;
}

/** Where the names grow too long, after one that is good; `quantity` if nowhere. */
function firstTooLong(naming: SequenceNaming, good: number, quantity: number): number {
  let bad = quantity;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isDeviceName(sequenceName(naming, middle))) good = middle;
    else bad = middle;
  }
  return bad;
}
