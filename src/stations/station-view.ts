import type { Proof, Provisioning } from '../core/lifecycle.js';
import { publicId } from '../core/public-id.js';
import type { StationSlot } from './slot-port.js';
import type { OrderForStation, StationRow } from './station.store.js';

/** A station as it is answered. */
export interface StationView {
  readonly stationId: string;
  readonly name: string;
  readonly line: string | null;
  readonly slots: readonly StationSlot[];
  readonly createdAt: string;
  /** Since when it is out of service. */
  readonly disabledAt: string | null;
}

/** What a station is told about itself. */
export interface MeView extends Omit<StationView, 'createdAt' | 'disabledAt'> {
  readonly orders: readonly OpenOrderView[];
  readonly serverTime: string;
}

/** An open order as a station is told of it. */
export interface OpenOrderView {
  readonly orderId: string;
  readonly productKey: string;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  readonly remaining: number;
  readonly expiresAt: string | null;
  readonly note: string | null;
}

/** Builds the answer for one station, field by field. */
export function stationView(row: StationRow): StationView {
  return {
    stationId: publicId('st', row.id),
    name: row.name,
    line: row.line,
    slots: row.slots.map(({ slot, port, dialect }) => ({ slot, port, dialect })),
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
  };
}

/** Builds what a station is told about itself. */
export function meView(row: StationRow, orders: readonly OrderForStation[], now: Date): MeView {
  const { stationId, name, line, slots } = stationView(row);
  const serverTime = now.toISOString();
  return { stationId, name, line, slots, orders: orders.map(openOrderView), serverTime };
}

function openOrderView(row: OrderForStation): OpenOrderView {
  return {
    orderId: publicId('ord', row.id),
    productKey: row.productKey,
    provisioning: row.provisioning,
    acceptVolatile: row.acceptVolatile,
    acceptProofs: row.acceptProofs,
    remaining: row.remaining,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    note: row.note,
  };
}
