import { giveWay } from './give-way.js';

/** A triple as the cells of a file. Shape: productKey, deviceName, deviceSecret. */
export type TripleCells = readonly [productKey: string, deviceName: string, deviceSecret: string];

/** The names of the columns; new ones only after these. */
export const columnNames = ['productKey', 'deviceName', 'deviceSecret'] as const;

/** How far the rows have gone. Shape: `hasEnded` once the last one was handed on. */
export interface RowsGone {
  given: number;
  lastId: number;
  hasEnded: boolean;
}

/** Where the rows of an export come from. */
export interface RowSource<Device extends { readonly id: number }> {
  /** The id before the first device. */
  readonly start: number;
  /** Reads a page of devices after an id; none at the end. */
  page(after: number): Promise<readonly Device[]>;
  /** Errors: what cannot be made into a triple; it ends the rows. */
  cells(device: Device): TripleCells;
}

/** Rows handed on at once: deriving them takes a millisecond, then others have their turn. */
const sliceSize = 250;

/**
 * Hands the rows of an order on, slice by slice, as fast as somebody takes them.
 *
 * Shape: at most two pages are in memory: the next is read while this one is derived. `gone` tells
 * how far it came, whatever happens after.
 */
export async function* exportedRows<Device extends { readonly id: number }>(
  source: RowSource<Device>,
  gone: RowsGone,
): AsyncGenerator<readonly TripleCells[]> {
  let reading = source.page(source.start);
  for (;;) {
    const page = await reading;
    const end = page.at(-1);
    if (!end) break;
    reading = source.page(end.id);
    // Whoever stops taking rows does not look at it any more.
    reading.catch(() => undefined);
    for (let from = 0; from < page.length; from += sliceSize) {
      const beganAtMs = performance.now();
      const devices = page.slice(from, from + sliceSize);
      const slice = devices.map((device) => source.cells(device));
      gone.given += slice.length;
      gone.lastId = devices.at(-1)?.id ?? gone.lastId;
      const workedMs = performance.now() - beganAtMs;
      yield slice;
      await giveWay(workedMs);
    }
  }
  gone.hasEnded = true;
}
