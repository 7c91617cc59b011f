import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { LoggedInDevice } from './device-login.service.js';

/** Reads which connected devices may no longer be connected. */
@Injectable()
export class CutOffStore {
  /**
   * Picks from connected devices those that were disabled, voided or reset.
   *
   * Shape: whoever is connected has been activated; a device that is not any more was reset.
   */
  async shutOut(tx: Tx, connected: readonly LoggedInDevice[]): Promise<LoggedInDevice[]> {
    return await rows<LoggedInDevice>(
      tx,
      `SELECT w.product_key AS "productKey", w.name AS "deviceName"
       FROM unnest($1::text[], $2::text[]) AS w (product_key, name)
         JOIN product p ON p.product_key = w.product_key CROSS JOIN LATERAL (
           SELECT * FROM device d WHERE d.product_id = p.id AND d.name = w.name LIMIT 1) d
       WHERE d.disabled_at IS NOT NULL OR d.state = 'void' OR d.activated_at IS NULL`,
      [connected.map((one) => one.productKey), connected.map((one) => one.deviceName)],
    );
  }
}
