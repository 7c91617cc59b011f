import type { DeviceNames } from './device-map.js';

/** A message for a device. */
export interface DownMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
}

/**
 * What became of a message for a device.
 *
 * Shape: `sent` is written to its connection, which says nothing about the device; `not_subscribed`
 * and `not_here` mean that nothing was.
 */
export type Delivery = 'sent' | 'not_subscribed' | 'not_here';

/** Injection token of the `Downlink` in use. */
export const DOWNLINK = Symbol('Downlink');

/** The way down to the devices that are connected to this copy of the service. */
export interface Downlink {
  /** Tells whether a device is connected here. */
  reaches(device: DeviceNames): boolean;
  publish(device: DeviceNames, message: DownMessage): Promise<Delivery>;
}
