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
  const lines = columns();
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Page<T> = await api.get(`${path}${more}`);
    // A refusal leaves nothing on standard output.
    const rows = [...(cursor === null ? [header] : []), ...page.items.map(cellsOf)];
    for (const line of lines(rows)) process.stdout.write(`${line}\n`);
    cursor = page.nextCursor;
  } while (cursor !== null && process.stdout.errored === null);
  return true;
}

type Rows = readonly (readonly (string | number)[])[];

/**
 * Puts the cells of rows under each other.
 *
 * Shape: two blanks or more between columns; a cell is not empty and holds no two blanks, so that
 * `awk -F '  +'` tells the columns apart too.
 */
export function aligned(rows: Rows): readonly string[] {
  return columns()(rows);
}

/** As `aligned`, page by page: no column gets narrower than it was. */
export function columns(): (rows: Rows) => readonly string[] {
  let widths: readonly number[] = [];
  return (rows) => {
    const texts = rows.map((row) => row.map(textOf));
    widths = texts.reduce(
      (widest, cells) => cells.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
      widths,
    );
    return texts.map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  };
}

function textOf(cell: string | number): string {
  return String(cell).replaceAll(/\s+/g, ' ').trim() || '-';
}
