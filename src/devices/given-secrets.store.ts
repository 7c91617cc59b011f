import { Injectable } from '@nestjs/common';
import { prepared } from '../platform/database/query.js';
import type { PreparedStatement } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { DeviceNames } from './given-seal.js';

const read: PreparedStatement = {
  name: 'given-secret-read',
  // Fenced, so that a plan made while there were few of them still serves when there are many.
  text: `SELECT g.sealed
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (product_key, name, place)
      LEFT JOIN product p ON p.product_key = wanted.product_key
      LEFT JOIN LATERAL (SELECT id FROM device
        WHERE product_id = p.id AND name = wanted.name LIMIT 1) d ON true
      LEFT JOIN LATERAL (SELECT sealed FROM given_secret
        WHERE device_id = d.id LIMIT 1) g ON true
    ORDER BY wanted.place`,
};

/** Reads the secrets that imported devices brought, as they are sealed. */
@Injectable()
export class GivenSecretsStore {
  /** Answers one entry per device, in order; null for a device that brought none. */
  async read(tx: Tx, devices: readonly DeviceNames[]): Promise<(Buffer | null)[]> {
    const found = await prepared<{ readonly sealed: Buffer | null }>(tx, read, [
      devices.map((device) => device.productKey),
      devices.map((device) => device.deviceName),
    ]);
    return found.map((row) => row.sealed);
  }
}
