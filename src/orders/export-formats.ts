import { csvLine, guardedCell } from '../core/csv.js';
import type { CellRule, ExportFormat } from './order-export.js';
import { columnNames } from './export-rows.js';
import type { TripleCells } from './export-rows.js';
import { xlsxFile } from './export-xlsx.js';

type Rows = AsyncIterable<readonly TripleCells[]>;

/** A form of file: what HTTP calls it, and how it is written. */
interface FileFormat {
  readonly type: string;
  encode(rows: Rows, cells: CellRule): AsyncIterable<Uint8Array>;
}

/** Every form that a file of triples may have, written as fast as it is read and no faster. */
export const fileFormats: Readonly<Record<ExportFormat, FileFormat>> = {
  csv: { type: 'text/csv; charset=utf-8', encode: csvFile },
  jsonl: { type: 'application/jsonl; charset=utf-8', encode: jsonLinesFile },
  xlsx: {
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    encode: (rows) => xlsxFile(rows),
  },
};

/** Units: characters. Every write to a socket costs about as much, however little it is. */
const chunkLength = 65_536;
/** Makes Excel read the file as UTF-8. */
const byteOrderMark = '\uFEFF';

async function* csvFile(rows: Rows, rule: CellRule): AsyncGenerator<Uint8Array> {
  const isForSpreadsheet = rule === 'spreadsheet';
  const line = isForSpreadsheet
    ? (cells: readonly string[]) => `${csvLine(cells.map(guardedCell))}\n`
    : (cells: readonly string[]) => `${csvLine(cells)}\n`;
  yield Buffer.from((isForSpreadsheet ? byteOrderMark : '') + line(columnNames));
  yield* inChunks(rows, line);
}

async function* jsonLinesFile(rows: Rows): AsyncGenerator<Uint8Array> {
  yield* inChunks(rows, jsonLine);
}

/** Writes rows as text, a chunk at a time. */
async function* inChunks(
  rows: Rows,
  line: (cells: TripleCells) => string,
): AsyncGenerator<Uint8Array> {
  let held = '';
  for await (const slice of rows) {
    for (const cells of slice) held += line(cells);
    if (held.length < chunkLength) continue;
    yield Buffer.from(held);
    held = '';
  }
  if (held !== '') yield Buffer.from(held);
}

function jsonLine([productKey, deviceName, deviceSecret]: TripleCells): string {
  return `${JSON.stringify({ productKey, deviceName, deviceSecret })}\n`;
}
