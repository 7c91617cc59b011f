import type { DataSource, QueryRunner } from 'typeorm';
import type { Client } from 'pg';
import { entities } from '../entities.js';
import { createDataSource } from '../platform/database/data-source.js';
import { migrations } from '../platform/database/migrations.js';
import { openPostgres } from '../platform/database/open-database.js';
import type { DatabasePlace } from '../platform/database/open-database.js';
import { asThrowable } from '../platform/database/pg-errors.js';
import { borrowRunner } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Logger } from '../platform/logger.js';

/** A database that is open, whatever is in it. */
export type BareDatabase = DataSource;

/**
 * Works on a database as it is: nothing is migrated before.
 *
 * Errors: `database.away`, `database.embedded_failed`; what the work throws.
 */
export async function onBareDatabase<T>(
  place: DatabasePlace,
  log: Logger,
  work: (dataSource: BareDatabase) => Promise<T>,
): Promise<T> {
  const postgres = await openPostgres(place, log);
  try {
    const { url } = postgres;
    const dataSource = await createDataSource({
      url,
      entities,
      migrations,
      poolSize: 2,
      connectTimeoutMs: 10_000,
      applicationName: 'triplemint backup',
    });
    try {
      return await work(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await postgres.stop();
  }
}

/**
 * Runs one long transaction, once; when it fails its connection is dropped, whatever it was at.
 *
 * Errors: `database.away`; what the work throws.
 */
export async function inOneTransaction<T>(
  dataSource: BareDatabase,
  isolation: 'READ COMMITTED' | 'REPEATABLE READ',
  work: (tx: Tx, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = await borrowRunner(dataSource);
  try {
    await runner.startTransaction(isolation);
    const result = await work(runner.manager, runner);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // In the middle of a COPY nothing else can be said over this connection.
    const client = runner.isReleased ? undefined : ((await runner.connect()) as Client);
    await client?.end().catch(() => undefined);
    throw asThrowable(error);
  } finally {
    await runner.release();
  }
}
