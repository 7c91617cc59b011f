import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import { inTransaction } from './transaction.js';
import type { Tx } from './transaction.js';

/** Work that must wait until what was done is committed. */
export type AfterCommit = () => void | Promise<void>;

interface Joined {
  readonly tx: Tx;
  readonly after: AfterCommit[];
  /** False from the end of the work on: what it left running must not meet the next user. */
  isOpen: boolean;
}

const storage = new AsyncLocalStorage<Joined>();

/** The transaction that everything on this path of calls is part of, if there is one. */
export function joinedTransaction(): Tx | undefined {
  return current()?.tx;
}

/**
 * Makes one transaction of a piece of work and of everything it calls: `Database` joins it.
 *
 * Shape: the closure is run again as that of `inTransaction` is, but only when it throws the error of
 * PostgreSQL itself. What it gave to `afterCommit` runs after the commit and before the answer;
 * `onTrouble` hears of what fails there, for the deed itself is done.
 * Errors: `database.away`; what the closure throws.
 */
export async function joinTransaction<T>(
  dataSource: DataSource,
  work: (tx: Tx) => Promise<T>,
  onTrouble: (error: unknown) => void,
): Promise<T> {
  const after: AfterCommit[] = [];
  const result = await inTransaction(dataSource, async (tx) => {
    after.length = 0;
    const joined: Joined = { tx, after, isOpen: true };
    try {
      return await storage.run(joined, () => work(tx));
    } finally {
      joined.isOpen = false;
    }
  });
  for (const one of after) {
    try {
      await one();
    } catch (error) {
      onTrouble(error);
    }
  }
  return result;
}

/**
 * Runs work after the commit of the deed that the caller has just done with `inTransaction`: at once,
 * or when that deed is part of a larger transaction, after the commit of the whole.
 *
 * Shape: for everything that tells the world of a deed, such as a memory that is read again. It runs
 * outside the transaction. Errors: those of the work, when it runs at once.
 */
export async function afterCommit(work: AfterCommit): Promise<void> {
  const joined = current();
  if (joined) joined.after.push(work);
  else await work();
}

function current(): Joined | undefined {
  const joined = storage.getStore();
  return joined?.isOpen ? joined : undefined;
}
