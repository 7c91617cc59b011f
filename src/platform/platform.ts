import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { DomainError } from '../core/errors.js';
import type { Secret } from '../core/secret.js';
import type { DataSourceSettings } from './database/data-source.js';
import { openDatabase } from './database/open-database.js';
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
  await makeDataDir(env.dataDir);
  const tlsLoading = loadTls(env);
  // A failure of TLS is told after the database is closed again, not as an unhandled rejection.
  tlsLoading.catch(() => undefined);
  const { url, dataSource, close } = await openDatabase(env, log, entities);
  try {
    const { ring, isNew, warnings } = await inTransaction(dataSource, (tx) =>
      openMasterKey(tx, env.masterKeyFile, new Date()),
    );
    const tls = await tlsLoading;
    const listeners = openListeners(env, log, tls);
    const backUp = `A master key was made: back up ${env.masterKeyFile}, no secret can be read without it.`;
    const notices = [...(isNew ? [backUp] : []), ...warnings, ...tls.warnings];
    return { env, log, databaseUrl: url, dataSource, ring, listeners, tls, notices, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function loadTls(env: Env): Promise<TlsMaterial> {
  return await loadTlsMaterial({
    certFile: env.tlsCertFile,
    keyFile: env.tlsKeyFile,
    clientCaFile: env.tlsClientCaFile,
    folder: join(env.dataDir, 'tls'),
    names: env.tlsNames,
    now: new Date(),
  });
}

function openListeners(env: Env, log: Logger, tls: TlsMaterial): Listeners {
  return new Listeners({
    tls,
    tlsProfile: env.tlsProfile,
    wsPath: env.wsPath,
    halfOpenLimit: env.halfOpenLimit,
    onTrouble: (event, error) => {
      log.warn({ err: error }, event);
    },
  });
}

/** Errors: `folder.unusable`, with the system's own code. */
async function makeDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: folderMode() });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new DomainError(
      'folder.unusable',
      `DATA_DIR ${path} cannot be written (${code}).`,
      {},
      { cause },
    );
  }
}

/** As root, PostgreSQL runs as another user, who must be able to pass; the key files are 0600. */
function folderMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700;
}
