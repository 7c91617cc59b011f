import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
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

/** Ends the connections of devices that an admin has disabled, voided or reset, on any copy of the service. */
@Injectable()
export class CutOff implements OnModuleInit {
  readonly #places: readonly Connections[];

  constructor(
    private readonly signals: Signals,
    private readonly database: Database,
    private readonly store: CutOffStore,
    embedded: EmbeddedBroker,
    outside: OutsideBroker,
    known: KnownDevices,
  ) {
    this.#places = [embedded, outside, known];
  }

  onModuleInit(): void {
    this.signals.on('device', (key) => this.check(key));
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
