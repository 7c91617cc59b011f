import { Injectable } from '@nestjs/common';
import { prepared } from '../platform/database/query.js';
import type { PreparedStatement } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ClaimRow } from './claim.js';

const find: PreparedStatement = {
  name: 'claim-find',
  // Fenced, so that a plan made while there were few claims still serves when there are many.
  text: `SELECT f.* FROM unnest($1::bigint[]) AS w (id) CROSS JOIN LATERAL (SELECT
      c.id::float8 AS id, c.device_id::float8 AS "deviceId", c.order_id AS "orderId",
      c.station_id AS "stationId", c.slot, c.unit, c.imei, c.sn, c.mac, c.iccid, c.firmware,
      c.state, c.attempt, c.lease_until AS "leaseUntil",
      greatest(c.started_at, c.leased_at) AS "leasedAt", c.ended_at AS "endedAt", c.proof, c.is_volatile AS "isVolatile",
      c.fail_reason AS "failReason", p.product_key AS "productKey", d.name AS "deviceName",
      d.state AS "deviceState", d.generation, o.accept_volatile AS "acceptVolatile",
      o.accept_proofs AS "acceptProofs", c.created_at AS "createdAt", c.changed_at AS "changedAt",
      greatest(d.activated_at, (SELECT h.online_at FROM device_presence h
        WHERE h.device_id = d.id)) AS "lastLoginAt"
    FROM claim c JOIN device d ON d.id = c.device_id JOIN production_order o ON o.id = c.order_id
      JOIN product p ON p.id = o.product_id
    WHERE c.id = w.id OFFSET 0) f`,
};

/** Reads claims. */
@Injectable()
export class ClaimStore {
  async findMany(tx: Tx, ids: readonly number[]): Promise<Map<number, ClaimRow>> {
    const found = await prepared<ClaimRow>(tx, find, [ids]);
    return new Map(found.map((row) => [row.id, row]));
  }
}
