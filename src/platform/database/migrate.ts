import { MigrationExecutor } from 'typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { DomainError } from '../../core/errors.js';
import { asThrowable } from './pg-errors.js';
import { borrowRunner, giveBack, rows } from './query.js';

const lockName = 'triplemint/migrate';

/**
 * Brings the schema up to the code: all pending migrations, in one transaction, or none.
 *
 * Shape: answers the names of the migrations that ran. Several starts at once do it once: the others
 * wait at an advisory lock of the transaction, which holds behind a pooler too.
 * Errors: `database.newer` if the database knows a migration that the code does not have,
 * `database.away`.
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = await borrowRunner(dataSource);
  try {
    await runner.startTransaction();
    await rows(runner.manager, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName]);
    await refuseNewerDatabase(dataSource, runner);
    const executor = new MigrationExecutor(dataSource, runner);
    const done = await executor.executePendingMigrations();
    await runner.commitTransaction();
    await runner.release();
    return done.map(({ name }) => name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    const known = asThrowable(error);
    await giveBack(runner, known);
    throw known;
  }
}

async function refuseNewerDatabase(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(dataSource, runner);
  const executed = await executor.getExecutedMigrations();
  const known = new Set(dataSource.migrations.map((m) => m.name ?? m.constructor.name));
  const foreign = executed.map(({ name }) => name).filter((name) => !known.has(name));
  if (foreign.length === 0) return;
  const detail =
    `The database has been migrated by a newer version of Triplemint (${foreign.join(', ')}). ` +
    'Nothing was changed.';
  throw new DomainError('database.newer', detail, { migrations: foreign });
}
