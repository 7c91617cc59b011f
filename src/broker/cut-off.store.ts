import { Injectable } from '@nestjs/common';
import { prepared } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { LoggedInDevice } from './device-login.service.js';

const standingStatement = {
  name: 'device-standing-read',
  text: `SELECT d.id IS NOT NULL AND d.disabled_at IS NULL AND d.state <> 'void'
      AND d.activated_at IS NOT NULL
      AND (w.client_id IS NULL OR EXISTS (SELECT FROM device_token t
        WHERE t.client_id = w.client_id AND t.device_id = d.id
          AND t.void_at IS NULL AND t.activated_at IS NOT NULL)) AS "mayConnect"
    FROM unnest($1::text[], $2::text[], $3::text[])
        WITH ORDINALITY AS w (product_key, name, client_id, place)
      LEFT JOIN product p ON p.product_key = w.product_key
      LEFT JOIN LATERAL (SELECT * FROM device
        WHERE product_id = p.id AND name = w.name LIMIT 1) d ON true
    ORDER BY w.place`,
};

/** Reads which devices may be connected. */
@Injectable()
export class CutOffStore {
  /**
   * Tells of devices that have logged in once whether they may be connected still; in order.
   *
   * Shape: false for one that was disabled, voided or reset since. Whoever is connected has been
   * activated; a device that is not any more was reset.
   */
  async mayConnect(tx: Tx, devices: readonly LoggedInDevice[]): Promise<boolean[]> {
    const found = await prepared<{ readonly mayConnect: boolean }>(tx, standingStatement, [
      devices.map((one) => one.productKey),
      devices.map((one) => one.deviceName),
      devices.map((one) => one.clientId ?? null),
    ]);
    return found.map((row) => row.mayConnect);
  }
}
