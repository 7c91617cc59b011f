import { AuditStore } from '../audit/audit.store.js';
import { commandLineActor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import {
  lockSchema,
  migrateInside,
  refuseUnknownMigrations,
} from '../platform/database/migrate.js';
import type { Tx } from '../platform/database/transaction.js';
import { damaged } from './archive-format.js';
import type { Header, TableEnd, TableStart } from './archive-format.js';
import { countLines, readArchive } from './archive-reader.js';
import { inOneTransaction } from './bare-database.store.js';
import type { BareDatabase } from './bare-database.store.js';
import { copyIn, digestOf, fixTextForm } from './copy.store.js';
import { analyse, holdOrders, moveSequences, openForLoading } from './load.store.js';
import type { Progress } from './make-backup.js';
import { isEmptyDatabase, tableShapes } from './table-shape.store.js';
import type { TableShape } from './table-shape.store.js';

/** What is restored, and who is told how far it is. */
export interface RestoreOptions {
  /** Gives the backup from its beginning. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** An admin's word that nothing was given out after the backup was made. */
  readonly isComplete: boolean;
  readonly onProgress: (progress: Progress) => void;
  /** Called when all is loaded and nothing is committed yet. */
  readonly beforeCommit: () => Promise<void>;
}

/** What came of a restore. */
export interface Restored {
  readonly tables: number;
  readonly rows: number;
  /** Orders that give out nothing until an admin releases them. */
  readonly heldOrders: number;
}

/**
 * Loads a backup into an empty database, as one transaction: all of it, or nothing.
 *
 * Shape: the schema is made as it was, the rows are loaded and read back, then the schema is brought
 * up to this version. It needs the owner of an empty database, no superuser.
 * Errors: `restore.not_empty`, `restore.differs`, `backup.damaged`, `database.newer`.
 */
export async function restore(
  dataSource: BareDatabase,
  header: Header,
  options: RestoreOptions,
): Promise<Restored> {
  refuseUnknownMigrations(dataSource, header.migrations);
  return await inOneTransaction(dataSource, 'READ COMMITTED', async (tx, runner) => {
    await lockSchema(runner);
    await refuseFilled(tx);
    const wanted = new Set(header.migrations);
    await migrateInside(dataSource, runner, (name) => wanted.has(name));
    const loaded = await load(tx, header, options);
    await migrateInside(dataSource, runner);
    const heldOrders = options.isComplete ? 0 : await holdOrders(tx);
    await record(tx, header, heldOrders, options.isComplete);
    await analyse(tx);
    await options.beforeCommit();
    return { ...loaded, heldOrders };
  });
}

async function refuseFilled(tx: Tx): Promise<void> {
  if (await isEmptyDatabase(tx)) return;
  const detail = 'The database is not empty. A backup is restored into an empty one only.';
  throw new DomainError('restore.not_empty', detail);
}

async function load(
  tx: Tx,
  header: Header,
  { read, onProgress }: RestoreOptions,
): Promise<Pick<Restored, 'tables' | 'rows'>> {
  const shapes = new Map((await tableShapes(tx)).map((shape) => [shape.name, shape]));
  const close = await openForLoading(tx, [...shapes.values()]);
  await fixTextForm(tx);
  let [tables, rows] = [0, 0];
  await readArchive(read(), {
    table: async (table, data) => {
      await copyIn(tx, shapeOf(shapes, table), told(data, table.name, onProgress));
    },
    tableEnd: async (table, end) => {
      await readBack(tx, shapeOf(shapes, table), end);
      shapes.delete(table.name);
      tables += 1;
      rows += end.rows;
    },
  });
  const [missing] = shapes.keys();
  if (missing !== undefined) throw damaged(`it has no table ${missing}`);
  await close();
  await moveSequences(tx, header.sequences);
  return { tables, rows };
}

/** Names from a file go into a statement only when the schema has them. */
function shapeOf(shapes: ReadonlyMap<string, TableShape>, table: TableStart): TableShape {
  const shape = shapes.get(table.name);
  if (shape?.columns.join() !== table.columns.join()) {
    throw damaged(`its table ${table.name} is not the one that its migrations make`);
  }
  return shape;
}

async function readBack(tx: Tx, shape: TableShape, end: TableEnd): Promise<void> {
  const found = await digestOf(tx, shape);
  if (found.rows === end.rows && found.sha256 === end.sha256) return;
  const detail = `Table ${shape.name} does not read back as it was loaded; nothing is left of it.`;
  throw new DomainError('restore.differs', detail);
}

async function* told(
  data: AsyncIterable<Buffer>,
  table: string,
  onProgress: RestoreOptions['onProgress'],
): AsyncGenerator<Buffer> {
  let rows = 0;
  for await (const part of data) {
    rows += countLines(part);
    onProgress({ table, rows });
    yield part;
  }
}

async function record(
  tx: Tx,
  { madeAt }: Header,
  heldOrders: number,
  isComplete: boolean,
): Promise<void> {
  const detail = { backupMadeAt: madeAt, heldOrders, ...(isComplete && { isComplete }) };
  const event = { action: 'database.restored', actor: commandLineActor, detail } as const;
  await new AuditStore().record(tx, event);
}
