import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** The device under whose name a unit wants to live, under lock. */
export interface NamedDevice {
  readonly id: number;
  readonly isOpen: boolean;
  readonly isVoid: boolean;
  readonly isDisabled: boolean;
  readonly registeredFrom: string | null;
}

/** Registrations without pre-registration in PostgreSQL. */
@Injectable()
export class OpenRegistrationStore {
  /** Tells whether a product is as the caller was judged by, and holds it so until the commit. */
  async isCurrent(tx: Tx, productId: number, version: number): Promise<boolean> {
    const found = await rows(
      tx,
      'SELECT id FROM product WHERE id = $1 AND version = $2 FOR SHARE',
      [productId, version],
    );
    return found.length === 1;
  }

  /** Locks a name, also one that no device has yet, and answers its device. */
  async lockName(tx: Tx, productId: number, name: string): Promise<NamedDevice | undefined> {
    await rows(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `triplemint/open/${productId}/${name}`,
    ]);
    const [row] = await rows<NamedDevice>(
      tx,
      `SELECT d.id::float8 AS id, o.kind = 'standing' AS "isOpen", d.state = 'void' AS "isVoid",
         d.disabled_at IS NOT NULL AS "isDisabled", d.registered_from AS "registeredFrom"
       FROM device d JOIN production_order o ON o.id = d.order_id
       WHERE d.product_id = $1 AND d.name = $2 FOR UPDATE OF d`,
      [productId, name],
    );
    return row;
  }

  /** How many devices of a product may still register; null is "any number". */
  async roomOf(tx: Tx, productId: number): Promise<number | null> {
    const [row] = await rows<{ readonly room: number | null }>(
      tx,
      `SELECT p.registration_quota - c.registered AS room
       FROM product p JOIN product_count c ON c.product_id = p.id WHERE p.id = $1`,
      [productId],
    );
    return row?.room ?? null;
  }

  /** Makes a device that is shown at once; undefined when somebody else took the name. */
  async insertDevice(
    tx: Tx,
    device: { readonly orderId: number; readonly productId: number; readonly name: string },
  ): Promise<number | undefined> {
    const [row] = await rows<{ readonly id: number }>(
      tx,
      `INSERT INTO device (order_id, product_id, name, state) VALUES ($1, $2, $3, 'issued')
       ON CONFLICT ON CONSTRAINT device_product_id_name_key DO NOTHING
       RETURNING id::float8 AS id`,
      [device.orderId, device.productId, device.name],
    );
    return row?.id;
  }

  /** Counts a new device, in its order and against the quota of its product; false when that is used up. */
  async countDevice(tx: Tx, orderId: number, productId: number): Promise<boolean> {
    await affected(
      tx,
      `UPDATE order_count SET minted = minted + 1, issued = issued + 1, shown = shown + 1
       WHERE order_id = $1`,
      [orderId],
    );
    const counted = await affected(
      tx,
      `UPDATE product_count c SET registered = c.registered + 1 FROM product p
       WHERE c.product_id = $1 AND p.id = $1
         AND (p.registration_quota IS NULL OR c.registered < p.registration_quota)`,
      [productId],
    );
    return counted === 1;
  }

  async activeUnits(tx: Tx, deviceId: number): Promise<number> {
    const [row] = await rows<{ readonly count: number }>(
      tx,
      `SELECT count(*)::integer AS count FROM device_token
       WHERE device_id = $1 AND void_at IS NULL AND activated_at IS NOT NULL`,
      [deviceId],
    );
    return row?.count ?? 0;
  }

  /** Gives a unit its client id; of those never used, only the newest `keep` stay. */
  async insertToken(
    tx: Tx,
    token: {
      readonly deviceId: number;
      readonly orderId: number;
      readonly clientId: string;
      readonly address: string;
    },
    keep: number,
  ): Promise<void> {
    const { deviceId, orderId, clientId, address } = token;
    await affected(
      tx,
      `INSERT INTO device_token (device_id, order_id, client_id, registered_from)
       VALUES ($1, $2, $3, $4)`,
      [deviceId, orderId, clientId, address],
    );
    await affected(
      tx,
      `UPDATE device_token SET void_at = now() WHERE id IN (
         SELECT id FROM device_token
         WHERE device_id = $1 AND void_at IS NULL AND activated_at IS NULL
         ORDER BY id DESC OFFSET $2)`,
      [deviceId, keep],
    );
    await affected(
      tx,
      'UPDATE device SET registered_from = $2, registered_at = now() WHERE id = $1',
      [deviceId, address],
    );
  }
}
