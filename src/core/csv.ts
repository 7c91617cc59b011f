/** What a field may not hold without quotes. Source: RFC 4180, 2. */
const needsQuotes = /[",\r\n]/;
/** What a spreadsheet takes for the beginning of a formula, TAB and CR because it drops them. */
const beginsFormula = /^[=+\-@\t\r]/;

/**
 * Writes one line of CSV, without its end.
 *
 * Shape: fields with commas between; quotes only round a field that needs them, doubled inside.
 * Source: RFC 4180, 2.
 */
export function csvLine(cells: readonly string[]): string {
  return cells.map(csvField).join(',');
}

/**
 * Keeps a spreadsheet from taking a cell for a formula.
 *
 * Shape: a cell that begins with `= + - @`, TAB or CR gets a `'` in front; all others stay as they
 * are. The cell is then no longer what a machine should read.
 * Source: OWASP, CSV Injection.
 */
export function guardedCell(cell: string): string {
  return beginsFormula.test(cell) ? `'${cell}` : cell;
}

function csvField(cell: string): string {
  return needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
