import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from, to } from 'pg-copy-streams';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { countLines } from './archive-reader.js';
import type { TableEnd } from './archive-format.js';
import type { TableShape } from './table-shape.store.js';

/** Units: bytes; rows come one by one and are handed on by the part. */
const partSize = 256 * 1024;

/**
 * Sets how values are written as text, so that the same rows are the same text everywhere.
 *
 * Shape: rows go by primary key through its index, so nothing is sorted on the disk.
 */
export async function fixTextForm(tx: Tx): Promise<void> {
  const settings = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    enable_sort: 'off',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
  };
  for (const [name, value] of Object.entries(settings)) {
    await rows(tx, 'SELECT set_config($1, $2, true)', [name, value]);
  }
}

/** Reads all rows of a table. Shape: the text format of COPY, ordered by primary key. */
export async function* copyOut(tx: Tx, table: TableShape): AsyncGenerator<Buffer> {
  const client = await clientOf(tx);
  const columns = table.columns.join(', ');
  const sql = `SELECT ${columns} FROM ${table.name} ORDER BY ${table.order.join(', ')}`;
  const stream = client.query(to(`COPY (${sql}) TO STDOUT`));
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held.push(chunk);
    size += chunk.length;
    if (size < partSize) continue;
    yield Buffer.concat(held, size);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held, size);
}

/** Writes rows into a table. Shape: as `copyOut` gives them. */
export async function copyIn(
  tx: Tx,
  table: Pick<TableShape, 'name' | 'columns'>,
  data: AsyncIterable<Buffer>,
): Promise<void> {
  const client = await clientOf(tx);
  const stream = client.query(from(`COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`));
  await pipeline(Readable.from(data, { objectMode: false }), stream);
}

/** Reads all rows of a table and tells how many there are and what their digest is. */
export async function digestOf(tx: Tx, table: TableShape): Promise<TableEnd> {
  const digest = createHash('sha256');
  let count = 0;
  for await (const chunk of copyOut(tx, table)) {
    digest.update(chunk);
    count += countLines(chunk);
  }
  return { rows: count, sha256: digest.digest('hex') };
}

async function clientOf(tx: Tx): Promise<PoolClient> {
  const { queryRunner } = tx;
  if (!queryRunner) throw new Error('copying needs a transaction');
  return (await queryRunner.connect()) as PoolClient;
}
