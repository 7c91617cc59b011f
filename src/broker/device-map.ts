import type { LoggedInDevice } from './device-login.service.js';

/** A device by its names, which several units may share. */
export type DeviceNames = Pick<LoggedInDevice, 'productKey' | 'deviceName'>;

/** Something for each device, found by its names without looking at the others. */
export class DeviceMap<T> {
  readonly #byNames = new Map<string, Map<string, T>>();

  /** How many names there are; units that share one count once. */
  get size(): number {
    return this.#byNames.size;
  }

  get(device: LoggedInDevice): T | undefined {
    return this.#byNames.get(keyOf(device))?.get(unitOf(device));
  }

  /** Answers what was there before. */
  set(device: LoggedInDevice, value: T): T | undefined {
    const key = keyOf(device);
    const units = this.#byNames.get(key) ?? new Map<string, T>();
    const before = units.get(unitOf(device));
    units.set(unitOf(device), value);
    this.#byNames.set(key, units);
    return before;
  }

  delete(device: LoggedInDevice): void {
    const key = keyOf(device);
    const units = this.#byNames.get(key);
    units?.delete(unitOf(device));
    if (units?.size === 0) this.#byNames.delete(key);
  }

  /** Forgets the names that have been there longest. */
  deleteOldest(): void {
    for (const key of this.#byNames.keys()) {
      this.#byNames.delete(key);
      return;
    }
  }

  /** Everything under some names, or everything. */
  values(names?: DeviceNames): T[] {
    if (names) return [...(this.#byNames.get(keyOf(names))?.values() ?? [])];
    return [...this.#byNames.values()].flatMap((units) => [...units.values()]);
  }
}

function keyOf({ productKey, deviceName }: DeviceNames): string {
  return `${productKey} ${deviceName}`;
}

function unitOf({ clientId }: LoggedInDevice): string {
  return clientId ?? '';
}
