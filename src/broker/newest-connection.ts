import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import type { LoggedInDevice } from './device-login.service.js';
import { DeviceMap } from './device-map.js';

/** Units: ms; a storm of logins costs one statement in that time. */
const sendAfterMs = 50;

/** A connection of this copy that others were told of. */
interface Announced {
  readonly device: LoggedInDevice;
  readonly number: number;
  /** Whether our own signal came back: what is signalled after it is newer than this connection. */
  isHeard: boolean;
  readonly end: () => void;
}

/**
 * Ends a connection of a device when it has a newer one at another copy of the service.
 *
 * Shape: signals reach every copy in one order, the order of their commits, and come back to their
 * sender as well. So all copies agree on which of two connections is the newer, whatever their
 * clocks say. Within one copy the broker, or the pipe to it, ends the older.
 */
@Injectable()
export class NewestConnection implements OnModuleInit {
  readonly #copy = randomBytes(6).toString('hex');
  readonly #announced = new DeviceMap<Announced>();
  #toSend: Announced[] = [];
  #isSending = false;
  #lastNumber = 0;

  constructor(
    private readonly signals: Signals,
    private readonly database: Database,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.signals.on('connection', (key) => {
      this.#hear(key);
    });
  }

  /**
   * Tells all copies that a device is connected here. Answers what to call when it is no more.
   *
   * Shape: `end` is called when a newer connection shows up at another copy.
   */
  announce(device: LoggedInDevice, end: () => void): () => void {
    this.#lastNumber += 1;
    const mine: Announced = { device, number: this.#lastNumber, isHeard: false, end };
    this.#announced.set(device, mine);
    this.#toSend.push(mine);
    if (!this.#isSending) this.#sendSoon();
    return () => {
      if (this.#announced.get(device) === mine) this.#announced.delete(device);
    };
  }

  /** Shape: `copy number productKey deviceName clientId`; undefined says that signals were lost. */
  #hear(key: string | undefined): void {
    if (key === undefined) {
      // Our own signal may be among the lost; better to be taken for old than never to be ended.
      for (const mine of this.#announced.values()) mine.isHeard = true;
      return;
    }
    const [copy, number, productKey = '', deviceName = '', clientId = ''] = key.split(' ');
    const device = { productKey, deviceName, ...(clientId !== '' && { clientId }) };
    const mine = this.#announced.get(device);
    if (!mine) return;
    if (copy === this.#copy) {
      if (mine.number === Number(number)) mine.isHeard = true;
    } else if (mine.isHeard) {
      this.#announced.delete(device);
      mine.end();
    }
  }

  /** One statement for the logins of a moment, and one at a time: our own signals keep their order. */
  #sendSoon(): void {
    this.#isSending = true;
    setTimeout(() => void this.#send(), sendAfterMs).unref();
  }

  async #send(): Promise<void> {
    // One that has gone meanwhile may have a newer one elsewhere already.
    const there = this.#toSend.filter((one) => this.#announced.get(one.device) === one);
    const keys = there.map((one) => this.#keyOf(one));
    this.#toSend = [];
    try {
      if (keys.length > 0) await this.signals.sendAll(this.database.single, 'connection', keys);
    } catch (error) {
      this.log.warn({ err: error, connections: keys.length }, 'connection.announce_failed');
    }
    this.#isSending = false;
    if (this.#toSend.length > 0) this.#sendSoon();
  }

  #keyOf({ number, device }: Announced): string {
    const { productKey, deviceName, clientId = '' } = device;
    return [this.#copy, number, productKey, deviceName, clientId].join(' ');
  }
}
