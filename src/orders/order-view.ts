import { effectiveOrderState, remaining } from '../core/lifecycle.js';
import type { OrderCount, OrderKind, OrderState, Proof, Provisioning } from '../core/lifecycle.js';
import type { Naming } from '../core/naming.js';
import { publicId } from '../core/public-id.js';
import type { OrderRow } from './order.store.js';

/** An order as it is answered. */
export interface OrderView extends Omit<OrderCount, 'shown'> {
  readonly orderId: string;
  readonly productKey: string;
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly quantity: number;
  readonly stale: number;
  readonly remaining: number;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  readonly firmware: readonly string[];
  readonly naming: Naming;
  readonly stations: readonly string[];
  readonly expiresAt: string | null;
  readonly note: string | null;
  readonly refusal: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
}

/** Builds the answer for one order, field by field. */
export function orderView(row: OrderRow, now = new Date()): OrderView {
  return {
    orderId: publicId('ord', row.id),
    productKey: row.productKey,
    kind: row.kind,
    state: effectiveOrderState(row, now),
    quantity: row.quantity,
    quota: row.quota,
    minted: row.minted,
    free: row.free,
    leased: row.leased,
    failed: row.failed,
    confirmed: row.confirmed,
    issued: row.issued,
    void: row.void,
    activated: row.activated,
    stale: row.stale,
    remaining: remaining(row),
    provisioning: row.provisioning,
    acceptVolatile: row.acceptVolatile,
    acceptProofs: row.acceptProofs,
    firmware: row.firmware,
    naming: row.naming,
    stations: row.stationIds.map((id) => publicId('st', id)),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    note: row.note,
    refusal: row.refusal,
    createdAt: row.createdAt.toISOString(),
  };
}
