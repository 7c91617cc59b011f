import { createHash } from 'node:crypto';
import type { Tx } from '../platform/database/transaction.js';
import { knownKids } from '../platform/keys/master-key.store.js';
import { encodeFrame } from './archive-format.js';
import type { Frame, Header } from './archive-format.js';
import { countLines } from './archive-reader.js';
import { copyOut, fixTextForm } from './copy.store.js';
import { holdShape, migrationNames, sequenceValues } from './table-shape.store.js';
import type { TableShape } from './table-shape.store.js';

/** How far a backup or a restore is: so many rows of this table. */
export interface Progress {
  readonly table: string;
  readonly rows: number;
}

/** What goes into a backup besides the database, and who is told how far it is. */
export interface BackupOptions {
  /** Every table, as seen before the transaction began. */
  readonly tables: readonly string[];
  readonly now: Date;
  /** The master key file, for a backup that only its recipient can read. */
  readonly keyFile: Buffer | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Gives the whole database as one snapshot, in the form of a backup.
 *
 * Shape: `tx` is REPEATABLE READ and has done nothing before. Units: memory of a few rows.
 */
export async function* backupBytes(tx: Tx, options: BackupOptions): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  let tables = 0;
  for await (const frame of frames(tx, options)) {
    const bytes = encodeFrame(frame);
    if (frame.kind === 'tableEnd') tables += 1;
    digest.update(bytes);
    yield bytes;
  }
  yield encodeFrame({ kind: 'end', value: { tables, sha256: digest.digest('hex') } });
}

async function* frames(tx: Tx, options: BackupOptions): AsyncGenerator<Frame> {
  const shapes = await holdShape(tx, options.tables);
  await fixTextForm(tx);
  yield { kind: 'header', value: await header(tx, options.now) };
  if (options.keyFile) yield { kind: 'keys', value: options.keyFile };
  for (const shape of shapes) yield* tableFrames(tx, shape, options.onProgress);
}

async function* tableFrames(
  tx: Tx,
  shape: TableShape,
  onProgress: BackupOptions['onProgress'],
): AsyncGenerator<Frame> {
  const { name, columns } = shape;
  yield { kind: 'table', value: { name, columns: [...columns] } };
  const digest = createHash('sha256');
  let rows = 0;
  for await (const data of copyOut(tx, shape)) {
    digest.update(data);
    rows += countLines(data);
    onProgress({ table: name, rows });
    yield { kind: 'data', value: data };
  }
  yield { kind: 'tableEnd', value: { rows, sha256: digest.digest('hex') } };
}

async function header(tx: Tx, now: Date): Promise<Header> {
  const keys = await knownKids(tx);
  return {
    format: 'triplemint-backup',
    version: 1,
    madeAt: now.toISOString(),
    migrations: await migrationNames(tx),
    keys: keys.map(({ kid, checkValue }) => ({ kid, checkValue: checkValue.toString('base64') })),
    sequences: [...(await sequenceValues(tx))],
  };
}
