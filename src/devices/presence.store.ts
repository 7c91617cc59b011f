import { Injectable } from '@nestjs/common';
import { affected, prepared, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import { seatLockSpace } from '../platform/signals/seat.js';

/** A device by its names. */
export interface DeviceNames {
  readonly productKey: string;
  readonly deviceName: string;
}

/** A login that must outlive the process that answers it. */
export interface NotedLogin {
  readonly deviceId: string;
  readonly address: string;
}

/** The last connection of a device. Units: ms since it began and, if it has, since it ended. */
export interface ConnectionState extends DeviceNames {
  readonly onlineAgoMs: number;
  readonly offlineAgoMs: number | null;
  readonly address: string;
}

/**
 * `$1` copy, then one array per field. The clock is the database's, so that copies on other machines
 * can be compared, as exactly as a statement takes to get there: what ends at one copy therefore
 * never ends what is connected to another one.
 */
const writeStatement = {
  name: 'device-presence-write',
  text: `WITH wanted AS MATERIALIZED (
      SELECT d.id, w.address, w.offline_ago IS NULL AS is_online,
        now() - make_interval(secs => w.online_ago / 1000) AS online_at,
        now() - make_interval(secs => w.offline_ago / 1000) AS offline_at
      FROM unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[])
          AS w (product_key, name, online_ago, offline_ago, address)
        JOIN product p ON p.product_key = w.product_key
        CROSS JOIN LATERAL (SELECT id FROM device
          WHERE product_id = p.id AND name = w.name LIMIT 1) d
    )
    INSERT INTO device_presence AS held
      (device_id, copy, is_online, online_at, offline_at, address)
    SELECT id, $1, is_online, online_at, offline_at, address FROM wanted ORDER BY id
    ON CONFLICT ON CONSTRAINT device_presence_pkey DO UPDATE
      SET copy = excluded.copy, is_online = excluded.is_online,
        online_at = greatest(held.online_at, excluded.online_at),
        offline_at = excluded.offline_at, address = excluded.address
      WHERE held.copy = excluded.copy OR (held.online_at < excluded.online_at
        AND (excluded.is_online OR NOT held.is_online))`,
};

const noteStatement = {
  name: 'device-presence-note',
  text: `INSERT INTO device_presence (device_id, copy, is_online, online_at, offline_at, address)
    SELECT id, $1, false, now(), now(), address
    FROM unnest($2::bigint[], $3::text[]) AS w (id, address) ORDER BY id
    ON CONFLICT ON CONSTRAINT device_presence_pkey DO UPDATE
      SET online_at = now(), address = excluded.address`,
};

/** Presence of devices in PostgreSQL, by copy of the service. */
@Injectable()
export class PresenceStore {
  /** Writes many connections in one statement; each device at most once. */
  async write(tx: Tx, copy: number, states: readonly ConnectionState[]): Promise<void> {
    await prepared(tx, writeStatement, [
      copy,
      states.map((one) => one.productKey),
      states.map((one) => one.deviceName),
      states.map((one) => one.onlineAgoMs),
      states.map((one) => one.offlineAgoMs),
      states.map((one) => one.address),
    ]);
  }

  /**
   * Writes that devices have logged in now, each at most once; whether they are connected stays as
   * it is.
   */
  async note(tx: Tx, copy: number, logins: readonly NotedLogin[]): Promise<void> {
    await prepared(tx, noteStatement, [
      copy,
      logins.map(({ deviceId }) => deviceId),
      logins.map(({ address }) => address),
    ]);
  }

  /** Counts the devices that are written down as connected to a copy. */
  async count(tx: Tx, copy: number): Promise<number> {
    const [row] = await rows<{ count: number }>(
      tx,
      'SELECT count(*)::integer AS count FROM device_presence WHERE copy = $1 AND is_online',
      [copy],
    );
    return row?.count ?? 0;
  }

  /** Lists the devices that are written down as connected to a copy. */
  async connected(tx: Tx, copy: number): Promise<DeviceNames[]> {
    return await rows<DeviceNames>(
      tx,
      `SELECT p.product_key AS "productKey", d.name AS "deviceName"
       FROM device_presence c JOIN device d ON d.id = c.device_id
         JOIN product p ON p.id = d.product_id
       WHERE c.copy = $1 AND c.is_online`,
      [copy],
    );
  }

  /** Lists copies whose seat nobody holds; each is locked until the transaction ends. */
  async dead(tx: Tx): Promise<number[]> {
    const found = await rows<{ id: number }>(
      tx,
      'SELECT id FROM service_copy WHERE pg_try_advisory_xact_lock($1, id)',
      [seatLockSpace],
    );
    return found.map(({ id }) => id);
  }

  /** Forgets copies: their devices are offline from now on. Units: devices. */
  async bury(tx: Tx, copies: readonly number[]): Promise<number> {
    const count = await affected(
      tx,
      `UPDATE device_presence SET is_online = false, offline_at = now()
       WHERE copy = ANY ($1::integer[]) AND is_online`,
      [copies],
    );
    await affected(tx, 'DELETE FROM service_copy WHERE id = ANY ($1::integer[])', [copies]);
    return count;
  }
}
