import { DomainError } from '../../core/errors.js';
import type { Database } from '../database/database.js';
import type { Tx } from '../database/transaction.js';
import type { KeyRing } from './key-ring.js';
import { allKids, lockMasterKeys, retireKid } from './master-key.store.js';
import type { SealedColumn } from './sealed-column.js';
import { countByKid, holdWriters } from './sealed-values.store.js';

/** What a retirement works on. */
export interface RetirePlace {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly columns: readonly SealedColumn[];
  readonly now: () => Date;
  /** Removes the keys for good, also those retired before; backups they sealed open no more. */
  readonly isForgetting: boolean;
  /** Records the retirement, in its transaction. */
  readonly onRetired: (tx: Tx, kid: string) => Promise<void>;
}

/**
 * Retires every master key but the current one; answers the kids that are retired now.
 *
 * Shape: first the database knows, then the file: a start asks for no retired key, so a crash between
 * the two harms nothing, and the next run sets the file right.
 * Errors: `keys.still_seals` while any value carries one of them.
 */
export async function retireOthers(place: RetirePlace): Promise<string[]> {
  await place.database.inTransaction((tx) => retireInDatabase(place, tx));
  return await place.database.inTransaction((tx) => retireInFile(place, tx));
}

async function retireInDatabase({ ring, columns, onRetired }: RetirePlace, tx: Tx): Promise<void> {
  await lockMasterKeys(tx);
  await ring.reload();
  await holdWriters(tx, columns);
  for (const [kid, count] of await countByKid(tx, columns)) {
    if (kid !== ring.currentKid) {
      throw new DomainError('keys.still_seals', `Key ${kid} still seals ${count} values.`);
    }
  }
  for (const { kid, retiredAt } of await allKids(tx)) {
    if (kid === ring.currentKid || retiredAt) continue;
    await retireKid(tx, kid);
    await onRetired(tx, kid);
  }
}

async function retireInFile({ ring, now, isForgetting }: RetirePlace, tx: Tx): Promise<string[]> {
  await lockMasterKeys(tx);
  await ring.reload();
  const known = await allKids(tx);
  const retired = new Set(known.filter(({ retiredAt }) => retiredAt).map(({ kid }) => kid));
  const changed: string[] = [];
  for (const { kid, retiredAt } of ring.keys) {
    if (!retired.has(kid) || kid === ring.currentKid) continue;
    if (isForgetting) await ring.forgetKey(kid);
    else if (!retiredAt) await ring.retireKey(kid, now());
    else continue;
    changed.push(kid);
  }
  return changed;
}
