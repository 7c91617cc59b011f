import type { ListRow } from '../core/device-list.js';
import type { OpenList } from './order-list-csv.js';

const batchSize = 1_000;

/** A list of names that came as JSON. Shape: `line` is the place of a name, counted from 1. */
export function openNameList(names: readonly string[]): OpenList {
  return { header: ['deviceName'], batches: batchesOf(names) };
}

async function* batchesOf(names: readonly string[]): AsyncGenerator<readonly ListRow[]> {
  for (let from = 0; from < names.length; from += batchSize) {
    const batch = names.slice(from, from + batchSize);
    yield await Promise.resolve(
      batch.map((name, index) => ({ line: from + index + 1, cells: [name] })),
    );
  }
}
