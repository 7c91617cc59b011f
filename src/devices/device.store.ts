import { Injectable } from '@nestjs/common';
import type { DeviceState } from '../core/lifecycle.js';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { DeviceRow } from './device.js';

const columns = `d.id::float8 AS id, d.order_id AS "orderId", p.product_key AS "productKey",
  d.name AS "deviceName", d.state, d.generation, d.activated_at AS "activatedAt",
  d.disabled_at AS "disabledAt", d.registered_from AS "registeredFrom",
  coalesce(c.is_online, false) AS "isOnline",
  c.online_at AS "onlineAt", c.offline_at AS "offlineAt", c.address`;

/** Which devices of a product are wanted, and how many names are looked through for them. */
export interface DevicePage {
  readonly productId: number;
  readonly filter: {
    readonly state?: DeviceState | undefined;
    readonly prefix?: string | undefined;
  };
  readonly after: string;
  readonly limit: number;
  readonly window: number;
}

/** The next names of a product. A name is ASCII below `~`, so that bounds all that begin alike. */
const window = `SELECT * FROM device WHERE product_id = $1 AND name > $2
  AND name >= $3 AND name < $3 || '~' ORDER BY name LIMIT $4`;

function windowOf({ productId, after, filter, window: most }: DevicePage): unknown[] {
  return [productId, after, filter.prefix ?? '', most];
}

/** Devices in PostgreSQL. */
@Injectable()
export class DeviceStore {
  async find(tx: Tx, productKey: string, deviceName: string): Promise<DeviceRow | undefined> {
    const [row] = await rows<DeviceRow>(
      tx,
      `SELECT ${columns} FROM product p JOIN device d ON d.product_id = p.id AND d.name = $2
         LEFT JOIN device_presence c ON c.device_id = d.id
       WHERE p.product_key = $1`,
      [productKey, deviceName],
    );
    return row;
  }

  /**
   * Lists devices of a product by name, which its unique index holds in order.
   *
   * Shape: a `state` is looked for among the next `window` names only, because no index leads to
   * it; `windowEnd` says where to go on.
   */
  async list(tx: Tx, page: DevicePage): Promise<DeviceRow[]> {
    return await rows<DeviceRow>(
      tx,
      `SELECT ${columns} FROM (${window}) d JOIN product p ON p.id = d.product_id
         LEFT JOIN device_presence c ON c.device_id = d.id
       WHERE $5::text IS NULL OR d.state = $5 ORDER BY d.name LIMIT $6`,
      [...windowOf(page), page.filter.state ?? null, page.limit],
    );
  }

  /** The last name of a window; null when no names come after it. */
  async windowEnd(tx: Tx, page: DevicePage): Promise<string | null> {
    const [row] = await rows<{ last: string | null; count: number }>(
      tx,
      `SELECT max(d.name) AS last, count(*)::integer AS count FROM (${window}) d`,
      windowOf(page),
    );
    return row?.count === page.window ? row.last : null;
  }
}
