import type { ErrorCode } from './errors.js';
import { isGivenSecret } from './given-secret.js';
import { isDeviceName } from './triple.js';

/** What a list of devices is for: names to mint, or triples that exist elsewhere. */
export type ListKind = 'mint' | 'import';

/** The columns of a list that mean something; all others are passed over. */
export const listColumns = ['productKey', 'deviceName', 'deviceSecret'] as const;
export type ListColumn = (typeof listColumns)[number];

/** Where the columns of a list stand, counted from 0. */
export type ColumnPlaces = Readonly<Partial<Record<ListColumn, number>>>;

/** What can be wrong with a row of a list; each is in the catalogue. */
export type RowErrorCode = Extract<ErrorCode, `row.${string}`>;

/** One thing that is wrong with one row. */
export interface RowError {
  /** Counted from 1, the header included. */
  readonly line: number;
  /** Empty when the row as a whole is wrong. */
  readonly column: ListColumn | '';
  readonly code: RowErrorCode;
  /** Shortened and printable; null where it might hold a secret. */
  readonly value: string | null;
}

/** A row as it was read. */
export interface ListRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Source: Alibaba Cloud IoT console and its documents, Chinese and English; read 2026-11. */
const spellings: Readonly<Record<string, ListColumn>> = {
  productkey: 'productKey',
  产品密钥: 'productKey',
  产品key: 'productKey',
  devicename: 'deviceName',
  设备名: 'deviceName',
  设备名称: 'deviceName',
  devicesecret: 'deviceSecret',
  设备密钥: 'deviceSecret',
};
/** Units: characters of a wrong value that are shown. */
const shownLength = 40;

/**
 * Finds the columns of a list by its header.
 *
 * Shape: case, blanks, `_` and `-` do not matter; `repeated` names those that stand there twice.
 */
export function findColumns(header: readonly string[]): {
  readonly places: ColumnPlaces;
  readonly repeated: readonly ListColumn[];
} {
  const places: Partial<Record<ListColumn, number>> = {};
  const repeated = new Set<ListColumn>();
  for (const [place, name] of header.entries()) {
    const column = spellings[name.toLowerCase().replace(/[\s_-]/g, '')];
    if (!column) continue;
    if (places[column] !== undefined) repeated.add(column);
    places[column] = place;
  }
  return { places, repeated: [...repeated] };
}

/**
 * Finds what is wrong with a row, as far as it can be seen from the row alone.
 *
 * Shape: of an import no value is shown: in a row that is wrong the secret may stand in any column.
 */
export function checkRow(
  list: {
    readonly kind: ListKind;
    readonly productKey: string;
    readonly places: ColumnPlaces;
    readonly width: number;
  },
  { line, cells }: ListRow,
): RowError[] {
  if (cells.length !== list.width) {
    return [{ line, column: '', code: 'row.columns_differ', value: null }];
  }
  const { productKey, deviceName, deviceSecret } = cellsOf(list.places, cells);
  const errors: RowError[] = [];
  const add = (column: ListColumn, code: RowErrorCode, value: string): void => {
    errors.push({ line, column, code, value: list.kind === 'import' ? null : shownValue(value) });
  };
  if (productKey !== undefined && productKey !== list.productKey) {
    add('productKey', 'row.product_differs', productKey);
  }
  if (deviceName === undefined || !isDeviceName(deviceName)) {
    add('deviceName', 'row.name_invalid', deviceName ?? '');
  }
  if (list.kind === 'import' && !isGivenSecret(deviceSecret ?? '')) {
    add('deviceSecret', 'row.secret_invalid', '');
  }
  return errors;
}

/** Takes the cells of the known columns from a row. */
export function cellsOf(
  places: ColumnPlaces,
  cells: readonly string[],
): Readonly<Partial<Record<ListColumn, string | undefined>>> {
  const cell = (place: number | undefined): string | undefined =>
    place === undefined ? undefined : cells[place];
  return {
    productKey: cell(places.productKey),
    deviceName: cell(places.deviceName),
    deviceSecret: cell(places.deviceSecret),
  };
}

/** What may be shown of a value, and stored: PostgreSQL takes neither NUL nor half a character. */
function shownValue(value: string): string {
  const shown = value.slice(0, shownLength).replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');
  return value.length > shownLength ? `${shown}…` : shown;
}
