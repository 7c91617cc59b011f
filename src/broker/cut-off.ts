import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import type { Connections } from './connections.js';
import { CutOffStore } from './cut-off.store.js';
import type { LoggedInDevice } from './device-login.service.js';
import { DeviceMap } from './device-map.js';
import type { DeviceNames } from './device-map.js';
import { EmbeddedBroker } from './embedded-broker.js';
import { KnownDevices } from './hooks/known-devices.js';
import { OutsideBroker } from './outside-broker.js';

/** Devices looked up in one statement. */
const chunkSize = 1000;

/** Units: ms; a login that began before a device was shut out has ended by then. */
const secondLookMs = 15_000;

/**
 * Ends the connections of devices that an admin has disabled, voided or reset, on any copy of the service.
 *
 * Shape: at once, and once more within half a minute: a login may have been checked before the
 * device was shut out and connected after.
 */
@Injectable()
export class CutOff implements OnModuleInit, OnApplicationShutdown {
  readonly #places: readonly Connections[];
  #heard = new Set<string | undefined>();
  #toLookAgain = new Set<string | undefined>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly signals: Signals,
    private readonly database: Database,
    private readonly store: CutOffStore,
    embedded: EmbeddedBroker,
    outside: OutsideBroker,
    known: KnownDevices,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.#places = [embedded, outside, known];
  }

  onModuleInit(): void {
    this.signals.on('device', async (key) => {
      this.#heard.add(key);
      await this.check(key);
    });
    this.#timer = setInterval(() => void this.lookAgain(), secondLookMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Looks again at the devices of which it heard before it last did so. */
  async lookAgain(): Promise<void> {
    const keys = this.#toLookAgain;
    this.#toLookAgain = this.#heard;
    this.#heard = new Set();
    try {
      if (keys.size > chunkSize) await this.check(undefined);
      else for (const key of keys) await this.check(key);
    } catch (error) {
      for (const key of keys) this.#heard.add(key);
      this.log.warn({ err: error }, 'cut_off.failed');
    }
  }

  /** Shape: `key` is `productKey deviceName`; undefined means that signals may have been lost. */
  async check(key: string | undefined): Promise<void> {
    const [productKey = '', deviceName = ''] = key?.split(' ') ?? [];
    const named = this.#connected(key === undefined ? undefined : { productKey, deviceName });
    for (let from = 0; from < named.length; from += chunkSize) {
      const chunk = named.slice(from, from + chunkSize);
      const mayStay = await this.store.mayConnect(this.database.single, chunk);
      for (const [at, device] of chunk.entries()) {
        if (mayStay[at] !== true) for (const place of this.#places) place.cut(device);
      }
    }
  }

  #connected(names: DeviceNames | undefined): LoggedInDevice[] {
    const found = new DeviceMap<LoggedInDevice>();
    for (const place of this.#places) {
      for (const device of place.connected(names)) found.set(device, device);
    }
    return found.values(names);
  }
}
