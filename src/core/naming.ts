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

/**
 * How the devices of an order are named so that nobody guesses one from another: prefix and random
 * characters.
 *
 * Shape: `prefix` + `length` characters of the 32 that no reader takes for another.
 */
export interface RandomNaming {
  readonly kind: 'random';
  readonly prefix: string;
  readonly length: number;
}

/** The names of an order came with it, one by one. */
export interface ListNaming {
  readonly kind: 'list';
}

/** How the devices of an order that is minted get their names. */
export type MintedNaming = SequenceNaming | RandomNaming | ListNaming;

/** How an order names its devices; those of a standing order come with their names. */
export type Naming = MintedNaming | { readonly kind: 'given' };

/** Digits and lower-case letters without i, l, o and u. Source: Crockford, Base 32. */
const randomAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** Units: bits that one random character holds. */
const bitsPerCharacter = 5;
/** Units: bits; of 2^40 guesses at most one meets a name of the order. */
const guessBits = 40;

/**
 * Draws random names; two may be alike.
 *
 * Shape: `random` holds `length` bytes for each name; 32 characters divide 256, so none is likelier.
 */
export function randomNames(naming: RandomNaming, count: number, random: Uint8Array): string[] {
  const { prefix, length } = naming;
  return Array.from({ length: count }, (_, index) => {
    let name = prefix;
    for (const byte of random.subarray(index * length, (index + 1) * length)) {
      name += randomAlphabet.charAt(byte % randomAlphabet.length);
    }
    return name;
  });
}

/** The fewest random characters with which the names of so many devices are not guessed. */
export function leastRandomLength(quantity: number): number {
  return Math.ceil((guessBits + Math.log2(quantity)) / bitsPerCharacter);
}

/** The name of the `index`th device of an order, counted from 0. */
export function sequenceName(naming: SequenceNaming, index: number): string {
  return naming.prefix + String(naming.start + index).padStart(naming.width, '0');
}

/** Lists names of an order that break the charset or the length. Shape: at most `most`. */
export function badNames(naming: MintedNaming, quantity: number, most = 10): string[] {
  switch (naming.kind) {
    case 'sequence':
      return badSequenceNames(naming, quantity, most);
    case 'random':
      return [naming.prefix + '0'.repeat(naming.length)].filter((name) => !isDeviceName(name));
    case 'list':
      return [];
  }
}

/**
 * Lists the first names of a sequence that break the charset or the length.
 *
 * Shape: at most `most` names; empty when all `quantity` names are good. A running number only
 * grows longer, so either the first names are bad (charset, too short) or the last ones (too long);
 * both cannot be, and what lies between is not looked at one by one.
 */
function badSequenceNames(naming: SequenceNaming, quantity: number, most: number): string[] {
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
