/** What an item is called by: `own` names it, `also` may be what another item is named by. */
export interface ItemKeys {
  readonly own: string | number;
  readonly also?: readonly string[];
}

/**
 * Takes the items that may not be the same as one before them, for statements whose items must
 * differ.
 *
 * Shape: `indexes` leads from the place of an item to its place in `firsts`; an item that may be one
 * before it has none.
 */
export function firstOfEach<T>(
  items: readonly T[],
  keysOf: (item: T) => ItemKeys,
): { readonly firsts: readonly T[]; readonly indexes: ReadonlyMap<number, number> } {
  const names = new Set<string | number>();
  const aliases = new Set<string | number>();
  const firsts: T[] = [];
  const indexes = new Map<number, number>();
  for (const [index, item] of items.entries()) {
    const { own, also = [] } = keysOf(item);
    if (names.has(own) || aliases.has(own) || also.some((alias) => names.has(alias))) continue;
    names.add(own);
    for (const alias of also) aliases.add(alias);
    indexes.set(index, firsts.push(item) - 1);
  }
  return { firsts, indexes };
}
