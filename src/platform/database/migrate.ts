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
    await lockSchema(runner);
    await refuseNewerDatabase(dataSource, runner);
    const done = await migrateInside(dataSource, runner);
    await runner.commitTransaction();
    await runner.release();
    return done;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    const known = asThrowable(error);
    await giveBack(runner, known);
    throw known;
  }
}

/** Lets one transaction at a time change the schema; others wait for its end. */
export async function lockSchema(runner: QueryRunner): Promise<void> {
  await rows(runner.manager, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName]);
}

/** Runs the pending migrations, or some of them, inside the transaction of a runner. */
export async function migrateInside(
  dataSource: DataSource,
  runner: QueryRunner,
  isWanted: (name: string) => boolean = () => true,
): Promise<string[]> {
  const executor = new MigrationExecutor(dataSource, runner);
  const pending = await executor.getPendingMigrations();
  const wanted = pending.filter(({ name }) => isWanted(name));
  for (const migration of wanted) await executor.executeMigration(migration);
  return wanted.map(({ name }) => name);
}

async function refuseNewerDatabase(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const executed = await new MigrationExecutor(dataSource, runner).getExecutedMigrations();
  refuseUnknownMigrations(
    dataSource,
    executed.map(({ name }) => name),
  );
}

/**
 * Refuses migrations that this version does not have: their data is of a newer one.
 *
 * Errors: `database.newer`.
 */
export function refuseUnknownMigrations(dataSource: DataSource, names: readonly string[]): void {
  const known = new Set(dataSource.migrations.map((m) => m.name ?? m.constructor.name));
  const foreign = names.filter((name) => !known.has(name));
  if (foreign.length === 0) return;
  const detail =
    `The database has been migrated by a newer version of Triplemint (${foreign.join(', ')}). ` +
    'Nothing was changed.';
  throw new DomainError('database.newer', detail, { migrations: foreign });
}
