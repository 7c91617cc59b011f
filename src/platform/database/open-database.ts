import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { DomainError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import type { Logger } from '../logger.js';
import { createDataSource } from './data-source.js';
import type { DataSourceSettings } from './data-source.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { Pulse } from './pulse.js';

/** A database that is migrated and ready. */
export interface OpenedDatabase {
  readonly url: Secret;
  readonly dataSource: DataSource;
  readonly close: () => Promise<void>;
}

/** Where the database is: given by its URL, or our own below a folder. */
export interface DatabasePlace {
  readonly databaseUrl: Secret | undefined;
  readonly dataDir: string;
}

/** Connections to PostgreSQL that one service keeps at most. */
const poolSize = 20;
/** Units: ms that a start waits for its database. */
const startPatienceMs = 10_000;

/**
 * Opens the database of a service and brings its schema up to date.
 *
 * Errors: `database.away`, `database.newer`, `database.embedded_failed`.
 */
export async function openDatabase(
  place: DatabasePlace,
  log: Logger,
  entities: DataSourceSettings['entities'],
): Promise<OpenedDatabase> {
  const postgres = await openPostgres(place, log);
  const pulse = new Pulse({
    url: postgres.url,
    log: (event) => {
      log.warn(event);
    },
  });
  try {
    const dataSource = await patiently(() =>
      createDataSource({
        url: postgres.url,
        entities,
        migrations,
        poolSize,
        onConnectionLost: (error) => {
          log.warn({ err: error }, 'database.connection_lost');
        },
        onConnect: (client) => {
          pulse.watch(client);
        },
      }),
    );
    const close = async (): Promise<void> => {
      pulse.stop();
      if (dataSource.isInitialized) await dataSource.destroy();
      await postgres.stop();
    };
    await patiently(() => migrate(dataSource)).catch(async (error: unknown) => {
      await dataSource.destroy();
      throw error;
    });
    pulse.start(dataSource);
    return { url: postgres.url, dataSource, close };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Reaches PostgreSQL without a look at what is in it. Errors: `database.embedded_failed`. */
export async function openPostgres(
  { databaseUrl, dataDir }: DatabasePlace,
  log: Logger,
): Promise<{ readonly url: Secret; stop(): Promise<void> }> {
  if (databaseUrl) return { url: databaseUrl, stop: () => Promise.resolve() };
  return await startEmbeddedPostgres({
    dataDir,
    log: (event, fields) => {
      log.info(fields, event);
    },
  });
}

/** A database that is only starting itself, or a busy machine, is no reason to give a start up. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + startPatienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isAway = error instanceof DomainError && error.code === 'database.away';
      if (!isAway || Date.now() > deadline) throw error;
      await delay(250);
    }
  }
}
