import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AuditStore } from '../audit/audit.store.js';
import { commandLineActor } from '../audit/audit-event.js';
import { withSettings } from '../commands/local.js';
import { DomainError } from '../core/errors.js';
import { recipientFingerprint } from '../orders/export-encryption.js';
import { inTransaction } from '../platform/database/transaction.js';
import type { Env } from '../platform/env.js';
import { writeBackupFile } from './backup-file.js';
import { inOneTransaction, onBareDatabase } from './bare-database.store.js';
import type { BareDatabase } from './bare-database.store.js';
import { backupBytes } from './make-backup.js';
import { hasCluster } from './embedded-place.js';
import { progressLine } from './progress-line.js';
import { tableNames } from './table-shape.store.js';

/** What the command line asks for. */
export interface BackupRequest {
  readonly file: string;
  readonly recipients: readonly string[];
  readonly withKeys: boolean;
}

/** Backs the database up into a file, and says what has to be kept besides. */
export async function backUp(request: BackupRequest): Promise<void> {
  await withSettings(async (env, log) => {
    const path = resolve(request.file);
    await refuseNothing(env);
    const keyFile = request.withKeys ? await readKeyFile(env) : undefined;
    const sizeBytes = await onBareDatabase(env, log, async (dataSource) => {
      const written = await write(dataSource, path, request, keyFile);
      await record(dataSource, request, written);
      return written;
    });
    process.stdout.write(`${path}: ${sizeBytes.toLocaleString('en')} bytes\n`);
    process.stdout.write(`${keepLine(env, keyFile !== undefined)}\n`);
    return true;
  });
}

async function write(
  dataSource: BareDatabase,
  path: string,
  { recipients }: BackupRequest,
  keyFile: Buffer | undefined,
): Promise<number> {
  const tables = await tableNames(dataSource.manager);
  if (tables.length === 0) throw nothingThere('The database is empty.');
  return await inOneTransaction(dataSource, 'REPEATABLE READ', async (tx) => {
    const onProgress = progressLine('backed up');
    const content = backupBytes(tx, { now: new Date(), tables, keyFile, onProgress });
    return await writeBackupFile(path, recipients, content);
  });
}

/** Without this a command in the wrong folder would make a cluster and back that up. */
async function refuseNothing({ databaseUrl, dataDir }: Env): Promise<void> {
  if (databaseUrl || (await hasCluster(dataDir))) return;
  throw nothingThere(`There is no database in ${dataDir}.`);
}

function nothingThere(detail: string): DomainError {
  return new DomainError('backup.nothing_there', detail);
}

/** A secret in the clear beside what it opens would be worth nothing. */
function keepLine({ masterKeyFile }: Env, hasKeys: boolean): string {
  if (hasKeys) return 'The master keys are in it: keep its age identity safe, and apart from it.';
  return `It holds no master key: keep ${masterKeyFile} apart from it; both together open it.`;
}

async function readKeyFile({ masterKeyFile }: Env): Promise<Buffer> {
  try {
    return await readFile(masterKeyFile);
  } catch (cause) {
    const detail = `The master key file ${masterKeyFile} cannot be read.`;
    throw new DomainError('keys.file_unreadable', detail, {}, { cause });
  }
}

async function record(
  dataSource: BareDatabase,
  { recipients, withKeys }: BackupRequest,
  sizeBytes: number,
): Promise<void> {
  const detail = { sizeBytes, withKeys, recipients: recipients.map(recipientFingerprint) };
  await inTransaction(dataSource, async (tx) => {
    const event = { action: 'database.backed_up', actor: commandLineActor, detail } as const;
    await new AuditStore().record(tx, event);
  });
}
