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
}
