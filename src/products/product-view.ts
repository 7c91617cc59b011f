import type { RegistrationMode, RepeatRule } from '../core/registration-policy.js';
import type { ProductRow } from './product.js';

/** A product as it is answered; never with a secret. Units: UTC, ISO 8601. */
export interface ProductView {
  readonly productKey: string;
  readonly name: string;
  readonly registration: {
    readonly mode: RegistrationMode;
    readonly allowPlaintext: boolean;
    readonly repeat: RepeatRule;
    readonly quota: number | null;
    readonly registered: number;
    readonly opensAt: string | null;
    readonly closesAt: string | null;
    readonly allowedNetworks: readonly string[];
    readonly maxPerSecond: number | null;
    readonly unitsPerName: number;
  };
  /** Until when the secret before the last rotation is valid; null when it is no more. */
  readonly previousValidUntil: string | null;
  readonly createdAt: string;
}

/** Builds the answer for one product, field by field. */
export function productView(row: ProductRow, now = new Date()): ProductView {
  const { previousValidUntil } = row;
  const isRotating = previousValidUntil !== null && previousValidUntil > now;
  return {
    productKey: row.productKey,
    name: row.name,
    registration: {
      mode: row.mode,
      allowPlaintext: row.allowPlaintext,
      repeat: row.repeat,
      quota: row.quota,
      registered: row.registered,
      opensAt: row.opensAt?.toISOString() ?? null,
      closesAt: row.closesAt?.toISOString() ?? null,
      allowedNetworks: row.allowedNetworks,
      maxPerSecond: row.maxPerSecond,
      unitsPerName: row.unitsPerName,
    },
    previousValidUntil: isRotating ? previousValidUntil.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
  };
}
