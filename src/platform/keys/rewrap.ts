import { DomainError } from '../../core/errors.js';
import type { Database } from '../database/database.js';
import type { KeyRing } from './key-ring.js';
import type { SealedColumn } from './sealed-column.js';
import { countByKid, replaceValues, valuesOfOtherKids } from './sealed-values.store.js';
import type { Rewrapped, StoredValue } from './sealed-values.store.js';

/** Values in one statement: it holds their rows for a few milliseconds. */
const pageSize = 200;

/** What is sealed again, with which ring. */
export interface RewrapPlace {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly columns: readonly SealedColumn[];
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Seals every stored value with the current key; answers how many it sealed again.
 *
 * Shape: a value that somebody changes meanwhile is left to him; passes go on until no value carries
 * another key, since a value may move from one column to another behind a pass.
 * Errors: `keys.seal_broken`, naming the row.
 */
export async function rewrapAll(place: RewrapPlace): Promise<number> {
  const total = await countLeft(place);
  let done = 0;
  for (let left = total; left > 0; left = await countLeft(place)) {
    for (const column of place.columns) {
      for await (const count of pages(place, column)) {
        done += count;
        place.onProgress(done, Math.max(done, total));
      }
    }
  }
  return done;
}

async function countLeft({ database, ring, columns }: RewrapPlace): Promise<number> {
  let left = 0;
  for (const [kid, count] of await countByKid(database.single, columns)) {
    if (kid !== ring.currentKid) left += count;
  }
  return left;
}

async function* pages(
  { database, ring }: RewrapPlace,
  column: SealedColumn,
): AsyncGenerator<number> {
  let after = 0;
  for (;;) {
    const page = { kid: ring.currentKid, after, limit: pageSize };
    const values = await valuesOfOtherKids(database.single, column, page);
    const last = values.at(-1);
    if (!last) return;
    const fresh: Rewrapped[] = [];
    for (const value of values) fresh.push(await rewrapped(ring, column, value));
    yield await replaceValues(database.single, column, fresh);
    after = last.id;
  }
}

async function rewrapped(
  ring: KeyRing,
  { table, column, context }: SealedColumn,
  value: StoredValue,
): Promise<Rewrapped> {
  try {
    const fresh = await ring.rewrap(value.sealed, context(value.boundBy));
    return { ...value, fresh: fresh ?? value.sealed };
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    const where = `${table}.${column} of id ${value.id}`;
    throw new DomainError(cause.code, `${where}: ${cause.detail}`, cause.data, { cause });
  }
}
