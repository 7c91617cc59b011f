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

  /** Lists devices of a product by name, which its unique index holds in order. */
  async list(
    tx: Tx,
    productKey: string,
    filter: { readonly state?: DeviceState | undefined; readonly prefix?: string | undefined },
    after: string,
    limit: number,
  ): Promise<DeviceRow[]> {
    return await rows<DeviceRow>(
      tx,
      `SELECT ${columns} FROM product p JOIN device d ON d.product_id = p.id
         LEFT JOIN device_presence c ON c.device_id = d.id
       WHERE p.product_key = $1 AND d.name > $2 AND ($3::text IS NULL OR d.state = $3)
         AND ($4::text IS NULL OR (d.name >= $4 AND starts_with(d.name, $4))) ORDER BY d.name LIMIT $5`,
      [productKey, after, filter.state ?? null, filter.prefix ?? null, limit],
    );
  }
}
