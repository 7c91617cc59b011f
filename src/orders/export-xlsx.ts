import type { ZipWriter } from '@zip.js/zip.js';
import { maxSheetRows, sheetRow } from '../core/sheet-xml.js';
import { columnNames } from './export-rows.js';
import type { TripleCells } from './export-rows.js';
import { RowCursor } from './row-cursor.js';
import * as parts from './xlsx-parts.js';

/**
 * Writes a workbook of text cells, one sheet after the other as they fill.
 *
 * Shape: a header on every sheet; the lists of sheets stand at the end, where their number is known.
 * What nobody takes yet is not made yet. A failure of the rows fails the file.
 * Units: rows, the header among them. Source: ECMA-376 parts 1 and 2.
 */
export async function* xlsxFile(
  rows: AsyncIterable<readonly TripleCells[]>,
  rowsPerSheet = maxSheetRows,
): AsyncGenerator<Uint8Array> {
  const zipJs = await import('@zip.js/zip.js');
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // No workers: they would take what is written from each other without being waited for.
  const zip = new zipJs.ZipWriter(writable, { useWebWorkers: false, level: 1 });
  const cursor = new RowCursor(rows);
  writeWorkbook(zip, cursor, rowsPerSheet).catch(async (error: unknown) => {
    await writable.abort(error).catch(() => undefined);
  });
  yield* readable;
}

async function writeWorkbook(
  zip: ZipWriter<unknown>,
  cursor: RowCursor<TripleCells>,
  rowsPerSheet: number,
): Promise<void> {
  try {
    let sheets = 0;
    do {
      sheets += 1;
      const sheet = sheetXml(cursor, rowsPerSheet);
      await zip.add(parts.sheetPath(sheets), ReadableStream.from(sheet));
    } while (!(await cursor.isAtEnd()));
    for (const [path, text] of parts.workbookParts(sheets)) {
      await zip.add(path, new Blob([text]).stream());
    }
    await zip.close();
  } finally {
    await cursor.close();
  }
}

async function* sheetXml(
  cursor: RowCursor<TripleCells>,
  rowsPerSheet: number,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(parts.sheetHead + sheetRow(1, columnNames));
  for (let number = 2; number <= rowsPerSheet;) {
    const taken = await cursor.take(rowsPerSheet - number + 1);
    if (taken.length === 0) break;
    const first = number;
    yield Buffer.from(taken.map((cells, index) => sheetRow(first + index, cells)).join(''));
    number += taken.length;
  }
  yield Buffer.from(parts.sheetFoot);
}
