import { affected, rows } from '../database/query.js';
import type { Tx } from '../database/transaction.js';
import type { SealedColumn } from './sealed-column.js';

/** A sealed value where it is stored. */
export interface StoredValue {
  readonly id: number;
  readonly boundBy: string;
  readonly sealed: Buffer;
}

/** A value and what it is to be replaced with. */
export interface Rewrapped extends StoredValue {
  readonly fresh: Buffer;
}

/** The kid in the header of a sealed value; see `seal.ts`. */
const kidIn = (column: string): string =>
  `CASE WHEN octet_length(${column}) > 2
     THEN convert_from(substr(${column}, 3, get_byte(${column}, 1)), 'LATIN1') END`;

/** How many values each master key seals, all columns together. Shape: from kid to count. */
export async function countByKid(
  tx: Tx,
  columns: readonly SealedColumn[],
): Promise<ReadonlyMap<string, number>> {
  const all = columns.map(({ table, column }) => `SELECT ${kidIn(column)} AS kid FROM ${table}`);
  const found = await rows<{ readonly kid: string; readonly count: number }>(
    tx,
    `SELECT kid, count(*)::float8 AS count FROM (${all.join(' UNION ALL ')}) v
     WHERE kid IS NOT NULL GROUP BY kid`,
  );
  return new Map(found.map(({ kid, count }) => [kid, count]));
}

/** The next values, by id, that another key seals than the one named. */
export async function valuesOfOtherKids(
  tx: Tx,
  { table, column, boundBy }: SealedColumn,
  page: { readonly kid: string; readonly after: number; readonly limit: number },
): Promise<StoredValue[]> {
  return await rows<StoredValue>(
    tx,
    `SELECT id, ${boundBy}::text AS "boundBy", ${column} AS sealed FROM ${table}
     WHERE id > $1 AND ${kidIn(column)} <> $2 ORDER BY id LIMIT $3`,
    [page.after, page.kid, page.limit],
  );
}

/**
 * Replaces values that are still what they were; answers how many were.
 *
 * Shape: rows are locked in id order, so that two of these never wait for each other.
 */
export async function replaceValues(
  tx: Tx,
  { table, column }: SealedColumn,
  values: readonly Rewrapped[],
): Promise<number> {
  return await affected(
    tx,
    `WITH held AS MATERIALIZED (
       SELECT t.id, w.fresh FROM ${table} t
         JOIN unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS w (id, sealed, fresh)
           ON w.id = t.id AND w.sealed = t.${column}
       ORDER BY t.id FOR NO KEY UPDATE OF t)
     UPDATE ${table} t SET ${column} = held.fresh FROM held WHERE held.id = t.id`,
    [
      values.map(({ id }) => id),
      values.map(({ sealed }) => sealed),
      values.map(({ fresh }) => fresh),
    ],
  );
}

/** Waits for those who are writing sealed values and lets no other begin before the commit. */
export async function holdWriters(tx: Tx, columns: readonly SealedColumn[]): Promise<void> {
  const tables = [...new Set(columns.map(({ table }) => table))].toSorted();
  await rows(tx, `LOCK TABLE ${tables.join(', ')} IN SHARE MODE`);
}
