import type { Tx } from '../platform/database/transaction.js';
import { entriesOf, rowDigest } from './seal-format.js';
import type { Seal } from './seal-format.js';
import type { RowToVerify, SealReaderStore } from './seal-reader.store.js';

/** A row that is not as it was sealed. */
export interface RowFlaw {
  readonly kind: 'row_altered' | 'row_missing' | 'row_inserted';
  readonly seq: bigint;
  readonly id: bigint;
  /** When the row says it was written; of a missing one nobody knows. */
  readonly at: string | undefined;
}

/** Units: rows read at once. */
const pageSize = 2000;

/**
 * Compares the rows that a seal covers with its entries, both in the order of ids.
 *
 * Shape: the first row that differs, or undefined. `after` is the last id of the seal before.
 */
export async function verifyRows(
  tx: Tx,
  store: SealReaderStore,
  seal: Seal,
  after: bigint,
): Promise<RowFlaw | undefined> {
  const entries = entriesOf(seal);
  let next = 0;
  for await (const row of rowsOf(tx, store, after, seal.lastId)) {
    const entry = entries[next];
    if (entry === undefined || row.id < entry.id) return flaw('row_inserted', row.id, row.at);
    if (row.id > entry.id) return flaw('row_missing', entry.id);
    if (!rowDigest(row.texts).equals(entry.digest)) return flaw('row_altered', row.id, row.at);
    next += 1;
  }
  const missing = entries[next];
  return missing && flaw('row_missing', missing.id);

  function flaw(kind: RowFlaw['kind'], id: bigint, at?: string): RowFlaw {
    return { kind, seq: seal.seq, id, at };
  }
}

async function* rowsOf(
  tx: Tx,
  store: SealReaderStore,
  after: bigint,
  upTo: bigint,
): AsyncGenerator<RowToVerify> {
  for (let last = after; ;) {
    const page = await store.rowsBetween(tx, last, upTo, pageSize);
    yield* page;
    if (page.length < pageSize) return;
    last = page.at(-1)?.id ?? upTo;
  }
}
