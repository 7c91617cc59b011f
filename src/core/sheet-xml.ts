/** Rows that a sheet of Excel holds, its header included. Source: Microsoft, Excel specifications and limits. */
export const maxSheetRows = 1_048_576;

/** Controls but TAB and LF: XML holds most of them not at all, and readers turn CR into LF. Source: XML 1.0, 2.2 and 2.11. */
const unwritable = /(?![\t\n])\p{Cc}|[\uFFFE\uFFFF]/gu;
/** What a reader would decode although it is meant as it stands. */
const looksEscaped = /_(?=x[0-9A-Fa-f]{4}_)/g;

/**
 * Writes a row of text cells; none of them is ever a formula.
 *
 * Shape: cells A, B, … of the given row number, from 1, in the style 1 of the workbook.
 * Source: ECMA-376 part 1, 18.3.1.73 (row), 18.3.1.4 (c), 18.3.1.53 (is).
 */
export function sheetRow(number: number, cells: readonly string[]): string {
  const written = cells.map(
    (cell, column) =>
      `<c r="${columnName(column)}${number}" s="1" t="inlineStr"><is><t xml:space="preserve">${sheetText(cell)}</t></is></c>`,
  );
  return `<row r="${number}">${written.join('')}</row>`;
}

/**
 * Writes a text as a cell holds it.
 *
 * Shape: XML entities; what XML cannot hold becomes `_xHHHH_`, and an `_` that would begin such a
 * word by chance becomes `_x005F_`.
 * Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
 */
export function sheetText(text: string): string {
  return text
    .replace(looksEscaped, '_x005F_')
    .replace(unwritable, (c) => `_x${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function columnName(column: number): string {
  return String.fromCharCode(65 + column);
}
