import type { Api } from './api-client.js';

/** What a list shows of an item. */
interface Columns<T> {
  readonly header: readonly string[];
  readonly cellsOf: (item: T) => readonly (string | number)[];
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/**
 * Prints a list of the API under a header, a line each; ends early when nobody reads on.
 *
 * Shape: as `aligned`, page by page. Errors: those of the API.
 */
export async function printTable<T>(
  api: Api,
  path: string,
  { header, cellsOf }: Columns<T>,
): Promise<boolean> {
  let cursor: string | null = null;
  let widths: readonly number[] = [];
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Page<T> = await api.get(`${path}${more}`);
    // A refusal leaves nothing on standard output.
    const rows = [...(cursor === null ? [header] : []), ...page.items.map(cellsOf)];
    widths = widthsOf(rows, widths);
    for (const line of aligned(rows, widths)) process.stdout.write(`${line}\n`);
    cursor = page.nextCursor;
  } while (cursor !== null && process.stdout.errored === null);
  return true;
}

/**
 * Puts the cells of rows under each other.
 *
 * Shape: two blanks or more between columns; a cell is not empty and holds no two blanks, so that
 * `awk -F '  +'` tells the columns apart too. No column is narrower than `least`.
 */
export function aligned(
  rows: readonly (readonly (string | number)[])[],
  least: readonly number[] = [],
): readonly string[] {
  const widths = widthsOf(rows, least);
  return rows.map((row) =>
    row
      .map((cell, at) => textOf(cell).padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function widthsOf(
  rows: readonly (readonly (string | number)[])[],
  least: readonly number[],
): readonly number[] {
  return rows.reduce<readonly number[]>(
    (widths, row) => row.map((cell, at) => Math.max(widths[at] ?? 0, textOf(cell).length)),
    least,
  );
}

function textOf(cell: string | number): string {
  return String(cell).replaceAll(/\s+/g, ' ').trim() || '-';
}
