import { DataSource } from 'typeorm';
import type { EntityManager, ObjectLiteral, QueryRunner } from 'typeorm';
import type { Client, PoolClient } from 'pg';
import { DomainError } from '../../core/errors.js';
import { asThrowable } from './pg-errors.js';
import { isSilent } from './pulse.js';

/** Where a statement runs: in a transaction, or by itself on any connection of the pool. */
export type On = EntityManager | DataSource;

/**
 * Runs a statement and answers its rows: SELECT, CTE, or anything with RETURNING.
 *
 * Shape: `$n` parameters; one row shape for every kind of statement, which `dataSource.query` has not
 * (`[rows, count]` for UPDATE and DELETE).
 * Errors: `database.away`; else the error of the statement.
 */
export async function rows<T extends object = ObjectLiteral>(
  on: On,
  sql: string,
  params: readonly unknown[] = [],
): Promise<T[]> {
  return await withRunner(on, async (runner) => {
    const result = await runner.query(sql, [...params], true);
    return result.records as T[];
  });
}

/** Runs a statement and answers how many rows it touched. Errors: as `rows`. */
export async function affected(
  on: On,
  sql: string,
  params: readonly unknown[] = [],
): Promise<number> {
  return await withRunner(on, async (runner) => {
    const result = await runner.query(sql, [...params], true);
    return result.affected ?? 0;
  });
}

/** A statement that is parsed and planned once per connection. Shape: one name for one text. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** Runs a prepared statement and answers its rows; for the hot paths. Errors: as `rows`. */
export async function prepared<T extends object = ObjectLiteral>(
  on: On,
  statement: PreparedStatement,
  params: readonly unknown[] = [],
): Promise<T[]> {
  return await withRunner(on, async (runner) => {
    const client = (await runner.connect()) as PoolClient;
    try {
      const result = await client.query<T>({ ...statement, values: [...params] });
      return result.rows;
    } catch (error) {
      throw fromClient(error);
    }
  });
}

/** Runs a statement and answers which one the server says it has run. Errors: as `rows`. */
export async function commandOf(runner: QueryRunner, sql: string): Promise<string> {
  const client = (await runner.connect()) as PoolClient;
  try {
    const { command } = await client.query(sql);
    return command;
  } catch (error) {
    throw asThrowable(fromClient(error));
  }
}

/** Outside TypeORM's wrapper an error without SQLSTATE is trouble with the connection. */
function fromClient(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && 'severity' in error) return error;
  if (error instanceof TypeError) return error;
  return away(error);
}

async function withRunner<T>(on: On, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const inTx = on instanceof DataSource ? undefined : on.queryRunner;
  if (inTx) return await work(inTx).catch(rethrow);
  const runner = await borrowRunner(on instanceof DataSource ? on : on.dataSource);
  return await work(runner).then(
    async (result) => {
      await runner.release();
      return result;
    },
    async (error: unknown) => {
      const known = asThrowable(error);
      await giveBack(runner, known);
      throw known;
    },
  );
}

/**
 * Hands a connection back to the pool after an error.
 *
 * The server says that it ends a connection a moment before it does: one that has answered so must
 * not meet the next statement.
 */
export async function giveBack(runner: QueryRunner, error: Error): Promise<void> {
  const isLost = error instanceof DomainError && error.code === 'database.away';
  if (isLost && !runner.isReleased) {
    const client = (await runner.connect()) as Client;
    void client.end().catch(() => undefined);
  }
  await runner.release();
}

/**
 * Takes a connection from the pool; the taker releases it.
 *
 * Errors: `database.away`, within the connect time-out of the data source.
 */
export async function borrowRunner(dataSource: DataSource): Promise<QueryRunner> {
  if (isSilent(dataSource)) throw away(undefined);
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    return runner;
  } catch (error) {
    throw away(error);
  }
}

function away(cause: unknown): DomainError {
  return new DomainError('database.away', 'The database does not answer.', {}, { cause });
}

function rethrow(error: unknown): never {
  throw asThrowable(error);
}
