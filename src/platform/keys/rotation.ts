import type { Database } from '../database/database.js';
import type { Tx } from '../database/transaction.js';
import { untilAllCopies } from './all-copies.js';
import type { KeyRing } from './key-ring.js';
import { lockMasterKeys, remember } from './master-key.store.js';
import { rewrapAll } from './rewrap.js';
import type { SealedColumn } from './sealed-column.js';
import { countByKid } from './sealed-values.store.js';

/** What a rotation works on and whom it tells. */
export interface RotationPlace {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly columns: readonly SealedColumn[];
  readonly now: () => Date;
  /** Records the moment from which another key seals, in the transaction of the deed. */
  readonly onTurned: (tx: Tx, kids: { readonly kid: string; previous: string }) => Promise<void>;
  /** Told how many values were sealed again, and how many there were to seal. */
  readonly onProgress: (done: number, total: number) => void;
  /** False: only ends a rotation that broke off; absent: makes a key when none waits. */
  readonly mayMakeKey?: boolean;
  /** Units: ms to wait for copies that have not read the key file. */
  readonly patienceMs?: number;
}

/** How a rotation ended. */
export interface Rotated {
  /** The key that seals everything now. */
  readonly kid: string;
  /** True: the key was made by this rotation. */
  readonly isNew: boolean;
  /** True: it went on where an earlier one had stopped, and made no key. */
  readonly isResumed: boolean;
  readonly values: number;
}

/**
 * Lets another master key seal, and seals everything that is stored with it, while copies serve.
 *
 * Shape: the key is first announced, which every copy must hear before any value can carry it; then
 * it is used by all; then what is stored is sealed again, small pages at a time. Killed at any point
 * it goes on when it is run again; two at once do the same work once. One that may make no key and
 * finds nothing to go on with changes nothing.
 * Errors: `keys.copies_lag`, `keys.seal_broken`, those of the key file.
 */
export async function rotate(place: RotationPlace): Promise<Rotated> {
  const { database } = place;
  const { kid, isNew, isResumed } = await database.inTransaction((tx) => announce(place, tx));
  await untilAllCopies(place, ({ kids }) => kids?.includes(kid) === true);
  await database.inTransaction((tx) => turn(place, tx, kid));
  await untilAllCopies(place, ({ sealsWith }) => sealsWith === kid);
  return { kid, isNew, isResumed, values: await rewrapAll(place) };
}

/** The key that shall seal: one that an earlier rotation left on the way, else a new one if it may be. */
async function announce(
  { ring, columns, now, mayMakeKey = true }: RotationPlace,
  tx: Tx,
): Promise<Omit<Rotated, 'values'>> {
  await lockMasterKeys(tx);
  await ring.reload();
  const waiting = await waitingKid(ring, columns, tx);
  const isResumed = waiting !== undefined;
  const isNew = mayMakeKey && !isResumed;
  const kid = waiting ?? (isNew ? await ring.announceKey(now()) : ring.currentKid);
  await remember(tx, kid, ring.checkValue(kid));
  return { kid, isNew, isResumed };
}

/** A key announced but not used yet, or one in use while values still carry another. */
async function waitingKid(
  ring: KeyRing,
  columns: readonly SealedColumn[],
  tx: Tx,
): Promise<string | undefined> {
  const current = ring.keys.findIndex(({ kid }) => kid === ring.currentKid);
  const announced = ring.keys.findLast(({ retiredAt }, at) => at > current && !retiredAt);
  if (announced) return announced.kid;
  const kids = [...(await countByKid(tx, columns)).keys()];
  return kids.some((kid) => kid !== ring.currentKid) ? ring.currentKid : undefined;
}

async function turn({ ring, onTurned }: RotationPlace, tx: Tx, kid: string): Promise<void> {
  await lockMasterKeys(tx);
  await ring.reload();
  const previous = ring.currentKid;
  if (previous === kid) return;
  await onTurned(tx, { kid, previous });
  await ring.useKey(kid);
}
