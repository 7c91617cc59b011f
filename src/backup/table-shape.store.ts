import { DomainError } from '../core/errors.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** A table as it is copied. Shape: quoted names; `order` are its primary key columns. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly order: readonly string[];
}

/** A counter of ids. Shape: null: never used. */
export interface SequenceValue {
  readonly name: string;
  readonly lastValue: string | null;
}

/** What TypeORM keeps for itself is made by the migrations. */
const notMigration = `c.relname NOT IN ('migration', 'typeorm_metadata')`;

/** Every table with its columns, by name; generated columns are left out. */
export async function tableShapes(tx: Tx): Promise<TableShape[]> {
  return await rows<TableShape>(
    tx,
    `SELECT quote_ident(c.relname) AS name,
       array(SELECT quote_ident(a.attname) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         ORDER BY a.attname) AS columns,
       array(SELECT quote_ident(a.attname)
           || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END
         FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
           JOIN pg_attribute a ON a.attnum = k.attnum
         WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid
         ORDER BY k.place) AS "order"
     FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND ${notMigration}
     ORDER BY c.relname`,
  );
}

/** The counters of ids as they stand now; they are never behind what a snapshot shows. */
export async function sequenceValues(tx: Tx): Promise<SequenceValue[]> {
  return await rows<SequenceValue>(
    tx,
    `SELECT quote_ident(sequencename) AS name, last_value::text AS "lastValue" FROM pg_sequences
     WHERE schemaname = 'public' AND sequencename <> 'migration_id_seq' ORDER BY sequencename`,
  );
}

/** The migrations that made this schema, oldest first. */
export async function migrationNames(tx: Tx): Promise<string[]> {
  const found = await rows<{ name: string }>(tx, 'SELECT name FROM migration ORDER BY id');
  return found.map(({ name }) => name);
}

/** Whether there is nothing at all in the database that could be overwritten. */
export async function isEmptyDatabase(tx: Tx): Promise<boolean> {
  const found = await rows(
    tx,
    `SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN
       ('r', 'p', 'v', 'm', 'S', 'f') LIMIT 1`,
  );
  return found.length === 0;
}

/**
 * Lets nobody change the schema before the commit, and answers every table as it is now.
 *
 * Shape: call it first in the transaction: locking shows nothing yet, so the snapshot is not older
 * than the lock.
 */
export async function holdShape(tx: Tx, names: readonly string[]): Promise<TableShape[]> {
  if (names.length > 0) await rows(tx, `LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  const shapes = await tableShapes(tx);
  if (shapes.map(({ name }) => name).join() === names.join()) return shapes;
  throw new DomainError('backup.schema_changed', 'The service was upgraded at this moment.');
}

/** The names of all tables. */
export async function tableNames(tx: Tx): Promise<string[]> {
  return (await tableShapes(tx)).map(({ name }) => name);
}
