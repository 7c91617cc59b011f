import { Injectable } from '@nestjs/common';
import { createBatcher } from '../../platform/batcher.js';
import type { Batcher } from '../../platform/batcher.js';
import { Database } from '../../platform/database/database.js';
import type { Connections } from '../connections.js';
import { CutOffStore } from '../cut-off.store.js';
import type { LoggedInDevice } from '../device-login.service.js';
import { DeviceMap } from '../device-map.js';
import type { DeviceNames } from '../device-map.js';

/** Units: devices; about 100 bytes each. */
const maxRemembered = 200_000;

/**
 * The devices that may be connected, in memory, for the many questions of a broker that follow a
 * login.
 *
 * Shape: who logged in is known; who did so at another copy, or before a restart, is looked up once.
 * It is forgotten as its connection would be cut, by the same signal.
 */
@Injectable()
export class KnownDevices implements Connections {
  readonly #devices = new DeviceMap<LoggedInDevice>();
  readonly #reads: Batcher<LoggedInDevice, boolean>;

  constructor(
    private readonly database: Database,
    private readonly store: CutOffStore,
  ) {
    this.#reads = createBatcher({
      run: async (devices) =>
        (await this.#read(devices)).map((value) => ({ kind: 'done', value }) as const),
      runOne: async (device) => (await this.#read([device]))[0] ?? false,
    });
  }

  /** Remembers a device that has just logged in; beyond the bound the oldest is forgotten. */
  add(device: LoggedInDevice): void {
    this.#devices.set(device, device);
    if (this.#devices.size > maxRemembered) this.#devices.deleteOldest();
  }

  /** Tells whether a device may be connected. Errors: `database.away`, `service.overloaded`. */
  async has(device: LoggedInDevice): Promise<boolean> {
    if (this.#devices.get(device)) return true;
    const isIn = await this.#reads.submit(device);
    if (isIn) this.add(device);
    return isIn;
  }

  connected(names?: DeviceNames): LoggedInDevice[] {
    return this.#devices.values(names);
  }

  cut(device: LoggedInDevice): void {
    this.#devices.delete(device);
  }

  async #read(devices: readonly LoggedInDevice[]): Promise<boolean[]> {
    return await this.store.mayConnect(this.database.single, devices);
  }
}
