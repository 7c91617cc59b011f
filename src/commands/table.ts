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
 * Shape: columns by TAB, for `cut` and `awk` as well as for people; a cell holds neither TAB nor line end.
 * Errors: those of the API.
 */
export async function printTable<T>(
  api: Api,
  path: string,
  { header, cellsOf }: Columns<T>,
): Promise<boolean> {
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Page<T> = await api.get(`${path}${more}`);
    // A refusal leaves nothing on standard output.
    if (cursor === null) printLine(header);
    for (const item of page.items) printLine(cellsOf(item));
    cursor = page.nextCursor;
  } while (cursor !== null && process.stdout.errored === null);
  return true;
}

function printLine(cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => String(cell).replaceAll(/[\t\r\n]+/g, ' '));
  process.stdout.write(`${texts.join('\t')}\n`);
}
