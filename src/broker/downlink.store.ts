import { Injectable } from '@nestjs/common';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { DownMessage } from './downlink.js';
import type { DeviceNames } from './device-map.js';

/** A message that another copy of the service took for a device of ours. */
export type RelayedMessage = DeviceNames & DownMessage;

/** Messages on their way between copies of the service: transport, no history. */
@Injectable()
export class DownlinkStore {
  /**
   * Puts a message down for the copy that a device is connected to.
   *
   * Shape: the number of that copy; undefined when the device is connected to no other one.
   */
  async put(
    tx: Tx,
    device: DeviceNames & { readonly id: number },
    message: DownMessage,
    ownCopy: number,
  ): Promise<number | undefined> {
    const [row] = await rows<{ copy: number }>(
      tx,
      `INSERT INTO downlink (copy, product_key, device_name, topic, payload, qos)
       SELECT copy, $2, $3, $4, $5, $6 FROM device_presence
       WHERE device_id = $1 AND is_online AND copy <> $7 RETURNING copy`,
      [
        device.id,
        device.productKey,
        device.deviceName,
        message.topic,
        message.payload,
        message.qos,
        ownCopy,
      ],
    );
    return row?.copy;
  }

  /** Takes what is there for a copy, in order. */
  async take(tx: Tx, copy: number): Promise<RelayedMessage[]> {
    return await rows<RelayedMessage>(
      tx,
      `WITH taken AS (
         DELETE FROM downlink WHERE copy = $1 AND created_at > now() - interval '1 minute'
         RETURNING *)
       SELECT product_key AS "productKey", device_name AS "deviceName", topic, payload, qos
       FROM taken ORDER BY id`,
      [copy],
    );
  }

  /** Throws away what nobody took within a minute. Units: messages. */
  async sweep(tx: Tx): Promise<number> {
    return await affected(
      tx,
      `DELETE FROM downlink WHERE created_at <= now() - interval '1 minute'`,
    );
  }
}
