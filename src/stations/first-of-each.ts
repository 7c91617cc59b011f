/**
 * Takes the first item of each key, for statements whose items must differ.
 *
 * Shape: `indexes` leads from the place of an item to its place in `firsts`; a later item of the
 * same key has none.
 */
export function firstOfEach<T>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
): { readonly firsts: readonly T[]; readonly indexes: ReadonlyMap<number, number> } {
  const seen = new Set<string | number>();
  const firsts: T[] = [];
  const indexes = new Map<number, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) continue;
    seen.add(key);
    indexes.set(index, firsts.push(item) - 1);
  }
  return { firsts, indexes };
}
