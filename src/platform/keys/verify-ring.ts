import { timingSafeEqual } from 'node:crypto';
import { DomainError } from '../../core/errors.js';
import type { KeyRing } from './key-ring.js';

/** What the database remembers of a key: its kid and a check value, never the key. */
export interface KnownKid {
  readonly kid: string;
  readonly checkValue: Buffer;
}

/**
 * Compares a ring with what the database knows and answers the kids the database must learn.
 *
 * Errors: `keys.ring_lacks_kid` if the database was sealed with a key the ring does not have,
 * `keys.ring_does_not_match` if a kid names another key than it did.
 */
export function verifyRing(ring: KeyRing, known: readonly KnownKid[]): string[] {
  const kids = new Set(ring.kids);
  for (const { kid, checkValue } of known) {
    if (!kids.has(kid)) throw ringLacksKid(ring.place, kid);
    if (!isSame(ring.checkValue(kid), checkValue)) throw ringDoesNotMatch(ring.place, kid);
  }
  const knownKids = new Set(known.map(({ kid }) => kid));
  return ring.kids.filter((kid) => !knownKids.has(kid));
}

/** The one line an operator reads when the key file is not the one of this database. */
export function ringLacksKid(place: string, kid: string): DomainError {
  const detail =
    `The database was sealed with master key ${kid}, which ${place} does not have. ` +
    'Put the backed-up master key file there, or point MASTER_KEY_FILE at it. No new key was made.';
  return new DomainError('keys.ring_lacks_kid', detail, { kid });
}

/** The one line for a kid that names another key than it did. */
export function ringDoesNotMatch(place: string, kid: string): DomainError {
  const detail =
    `Master key ${kid} in ${place} is not the key ${kid} this database was sealed with. ` +
    'Put back the master key file that belongs to this database.';
  return new DomainError('keys.ring_does_not_match', detail, { kid });
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
