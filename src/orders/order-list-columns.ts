import { DomainError } from '../core/errors.js';
import { findColumns } from '../core/device-list.js';
import type { ColumnPlaces, ListColumn, ListKind } from '../core/device-list.js';

/** The columns that a list cannot do without. */
const needed: Readonly<Record<ListKind, readonly ListColumn[]>> = {
  mint: ['deviceName'],
  import: ['productKey', 'deviceName', 'deviceSecret'],
};

/**
 * Finds the columns of a list by its header; columns that mean nothing are passed over.
 *
 * Errors: `csv.columns_wrong`, which names what is needed and never what stands there: a file without
 * a header begins with a secret. `csv.secrets_given` when a list to mint has secrets.
 */
export function columnsOf(kind: ListKind, header: readonly string[]): ColumnPlaces {
  const { places, repeated } = findColumns(header);
  const missing = needed[kind].filter((column) => places[column] === undefined);
  if (missing.length > 0 || repeated.length > 0) {
    const what = [...missing.map((name) => `no ${name}`), ...repeated.map((name) => `two ${name}`)];
    const detail = `The header has ${what.join(', ')}.`;
    throw new DomainError('csv.columns_wrong', detail, { needed: needed[kind], missing, repeated });
  }
  if (kind === 'mint' && places.deviceSecret !== undefined) {
    throw new DomainError('csv.secrets_given', '');
  }
  return places;
}
