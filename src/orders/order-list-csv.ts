import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { DomainError } from '../core/errors.js';
import type { ListRow } from '../core/device-list.js';
import { checkedText } from './order-list-text.js';

/** Rows handed on at once; sealing their secrets takes some milliseconds, then others have their turn. */
const batchSize = 1_000;
/** Units: bytes; a quote that is never closed does not take the rest of the file into memory. */
const maxRowBytes = 16_384;
/** Units: bytes of the beginning in which the header ends. */
const maxHeaderBytes = 16_384;

/** A list as it is read. Shape: `batches` are read once, as fast as somebody takes them. */
export interface OpenList {
  readonly header: readonly string[];
  readonly batches: AsyncIterable<readonly ListRow[]>;
}

/**
 * Opens a CSV file that somebody sends and reads its header.
 *
 * Shape: UTF-8 with or without a byte order mark; `,` or `;`, whichever the header has more of; lines
 * end with LF, CRLF or CR; quotes as RFC 4180; blanks around a value and empty lines do not count.
 * Errors: here and from `batches`: `csv.too_large`, `csv.not_text`, `csv.malformed`, `csv.empty`,
 * `csv.interrupted`. No error holds a value of the file: it may be a secret.
 */
export async function openCsvList(body: Readable, maxBytes: number): Promise<OpenList> {
  const chunks = checkedText(body, maxBytes);
  const beginning = await readBeginning(chunks);
  const rows = readRows(beginning, chunks);
  const first = await rows.next();
  if (first.done === true) throw new DomainError('csv.empty', 'The file is empty.');
  return { header: first.value.cells, batches: inBatches(rows) };
}

/** Reads until the header is there as a whole. */
async function readBeginning(chunks: AsyncGenerator<string>): Promise<string> {
  let text = '';
  while (!/\S[^\n\r]*[\n\r]/.test(text) && text.length < maxHeaderBytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    text += next.value;
  }
  return text;
}

async function* readRows(
  beginning: string,
  rest: AsyncGenerator<string>,
): AsyncGenerator<ListRow, undefined> {
  const parser = parse({
    delimiter: delimiterOf(beginning),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: maxRowBytes,
  });
  const text = async function* (): AsyncGenerator<string> {
    yield beginning;
    yield* rest;
  };
  // Whatever goes wrong is told by the parser, which whoever reads rows looks at.
  pipeline(Readable.from(text()), parser, () => undefined);
  try {
    for await (const row of parser) yield rowOf(row);
  } catch (error) {
    throw readableError(error);
  }
}

/** Shape: a row of the parser, with `info` on. */
function rowOf(row: unknown): ListRow {
  const { record, info } = row as { record: string[]; info: { lines: number } };
  return { line: info.lines, cells: record };
}

async function* inBatches(rows: AsyncIterable<ListRow>): AsyncGenerator<readonly ListRow[]> {
  let batch: ListRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function delimiterOf(beginning: string): string {
  const header = /\S[^\n\r]*/.exec(beginning)?.[0] ?? '';
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

/** The parser's own words quote the row. */
function readableError(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const { lines } = error as { readonly lines?: unknown };
  if (typeof lines !== 'number') return error;
  return new DomainError('csv.malformed', `Line ${lines} or one before it is broken.`, {
    line: lines,
  });
}
