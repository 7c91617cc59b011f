import { z } from 'zod';

/** PostgreSQL refuses a number beyond its integer instead of finding nothing. */
const largestId = 2 ** 31 - 1;

/** The query of a keyset-paged list. Shape: `limit` 1-1000, `cursor` as the last page gave it. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,10}$/)
    .refine((cursor) => Number(cursor) <= largestId, 'a cursor as nextCursor gave it')
    .optional(),
});

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Cuts a page from rows read with `limit + 1`. */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => number | string,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  // Not `map(view)`: it would give a view the index for its second parameter.
  const items = shown.map((row) => view(row));
  return { items, nextCursor: hasMore ? String(cursorOf(last)) : null };
}
