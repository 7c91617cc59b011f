import { rm } from 'node:fs/promises';
import { withSettings } from '../commands/local.js';
import type { Env } from '../platform/env.js';
import { placeFileOnce } from '../platform/files.js';
import type { Logger } from '../platform/logger.js';
import { damaged } from './archive-format.js';
import type { Header } from './archive-format.js';
import { readArchive } from './archive-reader.js';
import { readBackupFile } from './backup-file.js';
import { onBareDatabase } from './bare-database.store.js';
import { clusterBefore } from './embedded-place.js';
import { neededKeys } from './needed-keys.js';
import { progressLine } from './progress-line.js';
import { restore } from './restore.js';
import type { Restored } from './restore.js';

/** What the command line asks for. */
export interface RestoreRequest {
  readonly file: string;
  readonly identityFile: string | undefined;
  /** Read and checked only. */
  readonly isCheck: boolean;
  readonly isComplete: boolean;
}

/** What a backup says of itself, after all of it was read and checked. */
interface Checked {
  readonly header: Header;
  readonly keyFile: Buffer | undefined;
  readonly tables: number;
  readonly rows: number;
}

/** Restores a backup, or only checks it, and says what is to be done next. */
export async function bringBack(request: RestoreRequest): Promise<void> {
  await withSettings(async (env, log) => {
    const checked = await check(request);
    const { tables, rows, header } = checked;
    const what = `${tables} tables, ${rows.toLocaleString('en')} rows, made ${header.madeAt}`;
    tell(`The backup is whole: ${what}.`);
    if (request.isCheck) return true;
    const keyFile = await neededKeys(env.masterKeyFile, header, checked.keyFile);
    const restored = await load(env, log, request, { header, keyFile });
    tell(`Restored: ${restored.tables} tables, ${restored.rows.toLocaleString('en')} rows.`);
    for (const line of nextLines(env, restored, keyFile !== undefined)) tell(line);
    return true;
  });
}

async function check({ file, identityFile }: RestoreRequest): Promise<Checked> {
  let header: Header | undefined;
  let keyFile: Buffer | undefined;
  let [tables, rows] = [0, 0];
  await readArchive(readBackupFile(file, identityFile), {
    header: (found) => {
      header = found;
    },
    keys: (found) => {
      keyFile = found;
    },
    tableEnd: (_, end) => {
      tables += 1;
      rows += end.rows;
    },
  });
  if (!header) throw damaged('it does not begin as one');
  return { header, keyFile, tables, rows };
}

/** A restore that fails leaves neither rows nor a key file nor a cluster behind. */
async function load(
  env: Env,
  log: Logger,
  { file, identityFile, isComplete }: RestoreRequest,
  { header, keyFile }: Pick<Checked, 'header' | 'keyFile'>,
): Promise<Restored> {
  const takeAway = await clusterBefore(env);
  const placed: string[] = [];
  try {
    return await onBareDatabase(env, log, async (dataSource) => {
      return await restore(dataSource, header, {
        read: () => readBackupFile(file, identityFile),
        isComplete,
        onProgress: progressLine('restored'),
        beforeCommit: async () => {
          const path = env.masterKeyFile;
          if (keyFile && (await placeFileOnce(path, keyFile))) placed.push(path);
        },
      });
    });
  } catch (error) {
    for (const path of placed) await rm(path, { force: true });
    await takeAway();
    throw error;
  }
}

function nextLines(env: Env, { heldOrders }: Restored, hasPlacedKeys: boolean): string[] {
  const lines: string[] = [];
  if (hasPlacedKeys) lines.push(`The master keys were put into ${env.masterKeyFile}.`);
  if (heldOrders > 0) {
    lines.push(
      `${heldOrders} orders give out nothing for now: triples that were given out after the backup ` +
        'are free in it. Look at them with `triplemint release`, and read docs/operations.md.',
    );
  }
  lines.push('Repeat what was changed after the backup: keys revoked, devices disabled or voided.');
  return lines;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
