import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { DomainError } from '../../core/errors.js';
import { asThrowable, isTransient } from './pg-errors.js';
import { borrowRunner, commandOf, giveBack, rows } from './query.js';

/** The handle of a running transaction; every store method takes it first. */
export type Tx = EntityManager;

const maxTries = 6;
const maxPauseMs = 20;

/**
 * Runs a closure as one transaction and answers what it gave, after the commit.
 *
 * Shape: the closure is run again, in a new transaction, on 40001 and 40P01, at most six times; so
 * it touches nothing but `tx`. The isolation is READ COMMITTED.
 * Errors: `database.away`; what the closure throws.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runOnce(dataSource, work);
    } catch (error) {
      if (tries >= maxTries || !isTransient(error)) throw error;
    }
    // Both losers of a collision would meet again if they came back at the same moment.
    await delay(Math.random() * maxPauseMs * tries);
  }
}

/**
 * Runs a part of a transaction so that what it did can be undone alone: when the closure throws,
 * the transaction stands where it stood before, with the locks it held then.
 */
export async function inSavepoint<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await rows(tx, 'SAVEPOINT part');
  try {
    const result = await work();
    await rows(tx, 'RELEASE SAVEPOINT part');
    return result;
  } catch (error) {
    // Where the connection is lost there is nothing left to undo.
    await undo(tx).catch(() => undefined);
    throw error;
  }
}

/** What is rolled back to stands on; released, it does not hide the savepoint of a part around it. */
async function undo(tx: Tx): Promise<void> {
  await rows(tx, 'ROLLBACK TO SAVEPOINT part');
  await rows(tx, 'RELEASE SAVEPOINT part');
}

async function runOnce<T>(dataSource: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
  const runner = await borrowRunner(dataSource);
  try {
    await runner.startTransaction();
    const result = await work(runner.manager);
    await commit(runner);
    await runner.release();
    return result;
  } catch (error) {
    const known = await rollBack(runner, error);
    await giveBack(runner, known);
    throw known;
  }
}

/**
 * PostgreSQL answers COMMIT of an aborted transaction with a polite ROLLBACK. If the closure has
 * swallowed the error of a statement, TypeORM would take that for success.
 */
async function commit(runner: QueryRunner): Promise<void> {
  if ((await commandOf(runner, 'COMMIT')) === 'COMMIT') return;
  throw new DomainError('internal', 'A failed statement was passed over inside a transaction.');
}

async function rollBack(runner: QueryRunner, error: unknown): Promise<Error> {
  // TypeORM releases the runner by itself when the connection is lost; then there is nothing left
  // to roll back, and whatever the closure made of it, the database is away.
  if (runner.isReleased) {
    return new DomainError('database.away', 'The connection was lost.', {}, { cause: error });
  }
  if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
  return asThrowable(error);
}
