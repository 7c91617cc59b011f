import { DataSource } from 'typeorm';
import type { EntitySchema, Logger, MigrationInterface } from 'typeorm';
import type { ClientBase } from 'pg';
import type { Secret } from '../../core/secret.js';
import { asThrowable } from './pg-errors.js';
import { DomainError } from '../../core/errors.js';

/** A class, as TypeORM takes entities and migrations. */
export type ClassOf<T extends object> = new () => T;

/** What a data source needs to know. */
export interface DataSourceSettings {
  /** Shape: `postgres://user:password@host:port/database`. */
  readonly url: Secret;
  readonly entities: readonly (ClassOf<object> | EntitySchema)[];
  readonly migrations: readonly ClassOf<MigrationInterface>[];
  readonly poolSize: number;
  readonly applicationName?: string;
  /** How long to wait for a connection, new or from the pool. Default 1000. */
  readonly connectTimeoutMs?: number;
  /** Told of every connection of the pool that is lost while nobody uses it. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Told of every connection of the pool that is made. */
  readonly onConnect?: (client: ClientBase) => void;
}

/** How long an unused connection is kept. */
const idleTimeoutMs = 60_000;
/** When an unused connection is tried; a firewall may have forgotten it. */
const keepAliveAfterMs = 10_000;

const silence = (): void => undefined;

/** `logging: false` still prints a failed migration. */
const silentLogger: Logger = {
  logQuery: silence,
  logQueryError: silence,
  logQuerySlow: silence,
  logSchemaBuild: silence,
  logMigration: silence,
  log: silence,
};

/**
 * The unopened data source of TypeORM: no `synchronize`, nothing logged (parameters are secrets),
 * and no error event of a connection without a listener, which would end the process.
 */
export function defineDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url: settings.url.expose(),
    entities: [...settings.entities],
    migrations: [...settings.migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'all',
    synchronize: false,
    // `update({ id: undefined }, …)` would change every row.
    invalidWhereValuesBehavior: { undefined: 'throw', null: 'throw' },
    logging: false,
    logger: silentLogger,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    applicationName: settings.applicationName ?? 'triplemint',
    poolSize: settings.poolSize,
    connectTimeoutMS: settings.connectTimeoutMs ?? 1_000,
    poolErrorHandler: (error: Error) => settings.onConnectionLost?.(error),
    extra: {
      idleTimeoutMillis: idleTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      // From the first moment and while checked out: the pool listens only while a client is idle.
      onConnect: (client: ClientBase) => {
        client.on('error', () => undefined);
        settings.onConnect?.(client);
      },
    },
  });
}

/**
 * Opens a pool of connections to PostgreSQL.
 *
 * Shape: the caller ends it with `destroy()`. A connection that drops later is replaced by itself.
 * Units: `poolSize` connections.
 * Errors: `database.away` if there is no connection within the time-out.
 */
export async function createDataSource(settings: DataSourceSettings): Promise<DataSource> {
  const dataSource = defineDataSource(settings);
  try {
    return await dataSource.initialize();
  } catch (error) {
    const known = asThrowable(error);
    if (known instanceof DomainError || !isFromConnecting(error)) throw known;
    throw new DomainError('database.away', 'No connection to the database.', {}, { cause: error });
  }
}

/** Metadata errors of TypeORM have their own classes; what remains came from the pool. */
function isFromConnecting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.constructor === Error || 'syscall' in error || 'severity' in error;
}
