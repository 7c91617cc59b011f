import { DomainError } from '../core/errors.js';
import { entities } from '../entities.js';
import { Database } from '../platform/database/database.js';
import { openDatabase } from '../platform/database/open-database.js';
import { loadEnv, processEnv } from '../platform/env.js';
import type { Env } from '../platform/env.js';
import { createLogger } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { exitCodes, tell } from './telling.js';

/** Where a command works that needs the database itself, not the service. */
export interface Site {
  readonly env: Env;
  readonly log: Logger;
  readonly database: Database;
}

/**
 * Runs a command on the database of the environment, beside a running service or without one.
 *
 * Shape: `work` answers whether all is well; if not, or when it throws, the exit code is 1. A
 * `DomainError` is told on standard error, with what to do.
 */
export async function onSite(work: (site: Site) => Promise<boolean>): Promise<void> {
  await withSettings(async (env, log) => {
    const { dataSource, close } = await openDatabase(env, log, entities);
    try {
      return await work({ env, log, database: new Database(dataSource) });
    } finally {
      await close();
    }
  });
}

/** Runs a command that opens what it needs itself; else as `onSite`. */
export async function withSettings(
  work: (env: Env, log: Logger) => Promise<boolean>,
): Promise<void> {
  const env = readEnv();
  if (!env) return;
  const log = createLogger('warn');
  try {
    if (!(await work(env, log))) process.exitCode = exitCodes.trouble;
  } catch (error) {
    if (!(error instanceof DomainError)) log.fatal({ err: error }, 'command.failed');
    tell(error, exitCodes.trouble);
  }
}

function readEnv(): Env | undefined {
  try {
    return loadEnv(processEnv());
  } catch (error) {
    tell(error, exitCodes.wrongUse);
    return undefined;
  }
}
