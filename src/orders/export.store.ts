import { Injectable } from '@nestjs/common';
import type { OrderKind, OrderState } from '../core/lifecycle.js';
import { prepared, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** Where the devices of an order lie in the table. */
export interface ExportRange {
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly productKey: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** A device on its way out. */
export interface ExportedDevice {
  readonly id: number;
  readonly deviceName: string;
  readonly generation: number;
  /** The sealed secret that an imported device brought. */
  readonly given: Buffer | null;
}

/** What a page asks for: devices of an order after an id, in their order. */
const where = `FROM device d
  WHERE d.order_id = $1 AND d.id > $2 AND d.id <= $3 AND d.state <> 'void' ORDER BY d.id LIMIT $4`;

/**
 * A page of minted devices in one text: taking rows apart would cost as much as deriving the secrets.
 *
 * Shape: `{id} {name} {generation}`, one a line; names hold neither.
 */
const minted = {
  name: 'order-export-page',
  text: `SELECT string_agg(id || ' ' || name || ' ' || generation, E'\n' ORDER BY id) AS lines
    FROM (SELECT d.id, d.name, d.generation ${where}) p`,
};

/** Only the devices of an import brought secrets; nobody else pays for looking. */
const imported = {
  name: 'order-export-page-imported',
  text: `SELECT d.id::float8 AS id, d.name AS "deviceName", d.generation,
    (SELECT sealed FROM given_secret WHERE device_id = d.id) AS given ${where}`,
};

/** Reads an order by keyset pages: no long snapshot, so claims stay fast meanwhile. */
@Injectable()
export class ExportStore {
  async range(tx: Tx, orderId: number): Promise<ExportRange | undefined> {
    const [row] = await rows<ExportRange>(
      tx,
      `SELECT o.kind, o.state, p.product_key AS "productKey", c.minted - c.void AS count,
         coalesce(o.first_device_id, 1)::float8 AS first, coalesce(o.last_device_id, 0)::float8 AS last
       FROM production_order o JOIN product p ON p.id = o.product_id
         JOIN order_count c ON c.order_id = o.id WHERE o.id = $1`,
      [orderId],
    );
    return row;
  }

  async page(
    tx: Tx,
    { orderId, kind }: { readonly orderId: number; readonly kind: OrderKind },
    after: number,
    last: number,
    limit: number,
  ): Promise<ExportedDevice[]> {
    const params = [orderId, after, last, limit];
    if (kind === 'import') return await prepared<ExportedDevice>(tx, imported, params);
    const [page] = await prepared<{ lines: string | null }>(tx, minted, params);
    return page?.lines?.split('\n').map(deviceOf) ?? [];
  }
}

function deviceOf(line: string): ExportedDevice {
  const afterId = line.indexOf(' ');
  const afterName = line.lastIndexOf(' ');
  return {
    id: Number(line.slice(0, afterId)),
    deviceName: line.slice(afterId + 1, afterName),
    generation: Number(line.slice(afterName + 1)),
    given: null,
  };
}
