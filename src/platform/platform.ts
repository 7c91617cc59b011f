import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Secret } from '../core/secret.js';
import { createDataSource } from './database/data-source.js';
import type { DataSourceSettings } from './database/data-source.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { migrate } from './database/migrate.js';
import { migrations } from './database/migrations.js';
import { inTransaction } from './database/transaction.js';
import type { Env } from './env.js';
import type { KeyRing } from './keys/key-ring.js';
import { openMasterKey } from './keys/open-key-ring.js';
import { Listeners } from './listeners/listeners.js';
import type { Logger } from './logger.js';
import { loadTlsMaterial } from './tls/material.js';
import type { TlsMaterial } from './tls/material.js';

/** What every capability stands on: database, keys, ports. */
export interface Platform {
  readonly env: Env;
  readonly log: Logger;
  readonly databaseUrl: Secret;
  readonly dataSource: DataSource;
  readonly ring: KeyRing;
  readonly listeners: Listeners;
  readonly tls: TlsMaterial;
  /** Lines that an operator must read once, such as where to back up the master key. */
  readonly notices: readonly string[];
  /** Closes the database; the listeners are stopped before. */
  close(): Promise<void>;
}

/** Connections to PostgreSQL that one service keeps at most. */
const poolSize = 20;

/**
 * Opens the ground floor: database (embedded when none is given), migrations, key ring, TLS.
 *
 * Errors: those of its parts, each one clear line for the operator.
 */
export async function openPlatform(
  env: Env,
  log: Logger,
  entities: DataSourceSettings['entities'],
): Promise<Platform> {
  await mkdir(env.dataDir, { recursive: true, mode: folderMode() });
  const tlsLoading = loadTlsMaterial({
    certFile: env.tlsCertFile,
    keyFile: env.tlsKeyFile,
    folder: join(env.dataDir, 'tls'),
    names: env.tlsNames,
    now: new Date(),
  });
  // A failure of TLS is told after the database is closed again, not as an unhandled rejection.
  tlsLoading.catch(() => undefined);
  const postgres = await openPostgres(env, log);
  let dataSource: DataSource | undefined;
  const close = async (): Promise<void> => {
    if (dataSource?.isInitialized) await dataSource.destroy();
    await postgres.stop();
  };
  try {
    dataSource = await createDataSource({
      url: postgres.url,
      entities,
      migrations,
      poolSize,
      onConnectionLost: (error) => {
        log.warn({ err: error }, 'database.connection_lost');
      },
    });
    await migrate(dataSource);
    const { ring, isNew, warnings } = await inTransaction(dataSource, (tx) =>
      openMasterKey(tx, env.masterKeyFile, new Date()),
    );
    const tls = await tlsLoading;
    const listeners = new Listeners({
      tls,
      tlsProfile: env.tlsProfile,
      wsPath: env.wsPath,
      onTrouble: (event, error) => {
        log.warn({ err: error }, event);
      },
    });
    const notices = [
      ...(isNew
        ? [
            `A master key was made: back up ${env.masterKeyFile} - without it no secret can be read.`,
          ]
        : []),
      ...warnings,
      ...tls.warnings,
    ];
    return {
      env,
      log,
      databaseUrl: postgres.url,
      dataSource,
      ring,
      listeners,
      tls,
      notices,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As root, PostgreSQL runs as another user, who must be able to pass; the key files are 0600. */
function folderMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700;
}

async function openPostgres(
  env: Env,
  log: Logger,
): Promise<{ readonly url: Secret; stop(): Promise<void> }> {
  if (env.databaseUrl) return { url: env.databaseUrl, stop: () => Promise.resolve() };
  return await startEmbeddedPostgres({
    dataDir: env.dataDir,
    log: (event, fields) => {
      log.info(fields, event);
    },
  });
}
