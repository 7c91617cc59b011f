import { Inject, Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { isTopic } from '../core/topic-filter.js';
import { DeviceService } from '../devices/device.service.js';
import { Database } from '../platform/database/database.js';
import { Signals } from '../platform/signals/signals.js';
import type { DeviceNames } from './device-map.js';
import { DOWNLINK } from './downlink.js';
import type { Delivery, DownMessage, Downlink } from './downlink.js';
import { DownlinkStore } from './downlink.store.js';
import { maxMessageBytes } from './packet-limit.js';
import { TopicRights } from './topic-rights.js';

/** `relayed` went to the copy of the service that holds the connection. */
export type SentVia = Delivery | 'relayed';

/**
 * Sends messages of admins down to devices.
 *
 * Shape: only to a device that is connected, nothing is kept for later; at most once. A device that
 * connected to another copy less than a second ago may still be taken for offline.
 */
@Injectable()
export class DownlinkService {
  constructor(
    private readonly database: Database,
    private readonly store: DownlinkStore,
    private readonly devices: DeviceService,
    private readonly rights: TopicRights,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
    @Inject(DOWNLINK) private readonly downlink: Downlink,
  ) {}

  /**
   * Errors: `device.not_found`, `device.void`, `device.disabled`, `topic.not_for_device`,
   * `request.too_large`.
   */
  async publish(actor: Actor, names: DeviceNames, message: DownMessage): Promise<SentVia> {
    const device = await this.#recipient(names, message);
    const isHere = this.downlink.reaches(device);
    const isOnItsWay = await this.database.inTransaction(async (tx) => {
      if (!isHere) {
        const copy = await this.store.put(tx, device, message, this.signals.copy);
        if (copy === undefined) return false;
        await this.signals.send(tx, 'downlink', String(copy));
      }
      const { productKey, deviceName, orderId } = device;
      const { topic, qos } = message;
      const detail = { topic, qos, sizeBytes: message.payload.length };
      const about = { productKey, deviceName, orderId, detail };
      await this.audit.record(tx, { action: 'device.message_sent', actor, ...about });
      return true;
    });
    if (!isOnItsWay) return 'not_here';
    return isHere ? await this.downlink.publish(device, message) : 'relayed';
  }

  async #recipient({ productKey, deviceName }: DeviceNames, { topic, payload }: DownMessage) {
    const device = await this.devices.get(productKey, deviceName);
    if (device.state === 'void') throw new DomainError('device.void', `${deviceName} is void.`);
    if (device.disabledAt) {
      throw new DomainError('device.disabled', `${deviceName} is disabled.`);
    }
    if (!isTopic(topic) || !this.rights.mayHear(device, topic)) {
      throw new DomainError('topic.not_for_device', `${deviceName} may not hear ${topic}.`);
    }
    if (payload.length > maxMessageBytes) {
      const detail = `The payload has ${payload.length} bytes; ${maxMessageBytes} are the limit.`;
      throw new DomainError('request.too_large', detail);
    }
    return device;
  }
}
