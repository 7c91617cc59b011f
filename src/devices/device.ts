import type { DeviceState } from '../core/lifecycle.js';

/** A device as it is stored. */
export interface DeviceRow {
  readonly id: number;
  readonly orderId: number;
  readonly productKey: string;
  readonly deviceName: string;
  readonly state: DeviceState;
  readonly generation: number;
  readonly activatedAt: Date | null;
  readonly disabledAt: Date | null;
  /** The address of the last registration; null when the device never registered. */
  readonly registeredFrom: string | null;
  readonly isOnline: boolean;
  /** When the last connection began; null when there was none. */
  readonly onlineAt: Date | null;
  /** When it ended; null while it lasts. */
  readonly offlineAt: Date | null;
  /** Where it came from. */
  readonly address: string | null;
}
