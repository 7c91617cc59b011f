import type { DeviceState } from '../core/lifecycle.js';
import { publicId } from '../core/public-id.js';
import type { DeviceRow } from './device.js';

/** A device as it is answered. */
export interface DeviceView {
  readonly productKey: string;
  readonly deviceName: string;
  readonly orderId: string;
  readonly state: DeviceState;
  readonly generation: number;
  readonly activatedAt: string | null;
  readonly disabledAt: string | null;
  readonly registeredFrom: string | null;
  readonly online: boolean;
  readonly onlineAt: string | null;
  readonly offlineAt: string | null;
  readonly address: string | null;
}

/** Builds the answer for one device, field by field. */
export function deviceView(row: DeviceRow): DeviceView {
  return {
    productKey: row.productKey,
    deviceName: row.deviceName,
    orderId: publicId('ord', row.orderId),
    state: row.state,
    generation: row.generation,
    activatedAt: row.activatedAt?.toISOString() ?? null,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    registeredFrom: row.registeredFrom,
    online: row.isOnline,
    onlineAt: row.onlineAt?.toISOString() ?? null,
    offlineAt: row.offlineAt?.toISOString() ?? null,
    address: row.address,
  };
}
