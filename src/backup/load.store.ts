import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { SequenceValue, TableShape } from './table-shape.store.js';

/** A reference from one table to another. Shape: quoted names. */
interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Ids that were given out after the backup are not given out again: whoever wrote one down elsewhere
 * never finds another thing under it. Units: ids; the columns of the first are 32 bits wide.
 */
const gap = { integer: 100_000, bigint: 10_000_000 };

/**
 * Lets rows come in any order and wakes no trigger of ours, until the answer is called.
 *
 * Shape: references are taken away and made again, which checks them all at once; this needs the
 * owner of the tables, no superuser.
 */
export async function openForLoading(
  tx: Tx,
  shapes: readonly TableShape[],
): Promise<() => Promise<void>> {
  const keys = await rows<ForeignKey>(
    tx,
    `SELECT quote_ident(c.relname) AS table, quote_ident(k.conname) AS name,
       pg_get_constraintdef(k.oid) AS definition
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
  for (const { table, name } of keys)
    await rows(tx, `ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const { name } of shapes) await rows(tx, `ALTER TABLE ${name} DISABLE TRIGGER USER`);
  return async () => {
    for (const { name } of shapes) await rows(tx, `ALTER TABLE ${name} ENABLE TRIGGER USER`);
    for (const { table, name, definition } of keys) {
      await rows(tx, `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    }
  };
}

/** Sets the counters of ids beyond everything that was given out, known here or not. */
export async function moveSequences(tx: Tx, sequences: readonly SequenceValue[]): Promise<void> {
  for (const { name, lastValue } of sequences) {
    await rows(
      tx,
      `SELECT setval(s.oid::regclass, $2::bigint +
           CASE d.data_type::text WHEN 'bigint' THEN $3::bigint ELSE $4::bigint END)
       FROM pg_class s JOIN pg_sequences d ON d.sequencename = s.relname AND d.schemaname = 'public'
       WHERE s.relnamespace = 'public'::regnamespace AND quote_ident(s.relname) = $1`,
      [name, lastValue ?? '0', gap.bigint, gap.integer],
    );
  }
}

/**
 * Lets no order give out free triples until an admin says so; answers how many orders that are.
 *
 * Triples that were given out after the backup are free in it: to give them to other units would put
 * one triple on two. A closed order gives out none; one of units that registered themselves has none.
 */
export async function holdOrders(tx: Tx): Promise<number> {
  return await affected(
    tx,
    `UPDATE production_order SET held_at = now()
     WHERE kind <> 'standing' AND state IN ('minting', 'open')`,
  );
}

/** Tells the planner what the tables hold. */
export async function analyse(tx: Tx): Promise<void> {
  await rows(tx, 'ANALYZE');
}
