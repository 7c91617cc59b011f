import type { Actor } from '../audit/audit-event.js';
import type { Credential } from '../core/credential.js';
import type { ClaimState, DeviceState, OrderState, Provisioning } from '../core/lifecycle.js';
import type { Secret } from '../core/secret.js';
import type { Unit, UnitReport } from '../core/unit-identity.js';

/** By what a station proved that a unit holds its triple. */
export type Proof = 'digest' | 'secret';

/** Who asks, and for which station. */
export interface ByStation {
  readonly actor: Actor;
  readonly stationId: number;
}

/** A station asks for the triple of a unit. */
export interface ClaimRequest extends ByStation {
  readonly orderId: number;
  readonly slot: number | null;
  readonly unit: UnitReport;
}

/** A request whose unit has its one identity. */
export interface UnitClaim extends ClaimRequest {
  readonly unit: Unit;
}

/** A claim that was granted; the same unit gets the same triple again (`isReissued`). */
export interface ClaimGrant {
  readonly claimId: number;
  readonly orderId: number;
  readonly isReissued: boolean;
  readonly attempt: number;
  readonly leaseUntil: Date;
  readonly credential: Credential;
  readonly acceptVolatile: boolean;
  /** How many triples the order may still give out. */
  readonly remaining: number;
}

/** What a unit showed when it was read back after its restart. */
export interface ReadBack {
  readonly deviceName: string;
  /** Shape: a digest is `readBackDigest` of `core/read-back.ts`, hex of either case. */
  readonly secret:
    | { readonly kind: 'digest'; readonly digest: string }
    | { readonly kind: 'secret'; readonly deviceSecret: Secret };
}

/** A claim with its device and its order, as it is stored. */
export interface ClaimRow {
  readonly id: number;
  readonly deviceId: number;
  readonly orderId: number;
  readonly stationId: number;
  readonly slot: number | null;
  readonly unit: string;
  readonly imei: string | null;
  readonly sn: string | null;
  readonly mac: string | null;
  readonly iccid: string | null;
  readonly firmware: string | null;
  readonly state: ClaimState;
  readonly attempt: number;
  readonly leaseUntil: Date;
  readonly proof: Proof | null;
  readonly isVolatile: boolean;
  readonly failReason: string | null;
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceState: DeviceState;
  readonly generation: number;
  readonly acceptVolatile: boolean;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** The claim by which a unit holds a triple of another order. */
export interface Holder {
  readonly orderId: number;
  readonly claimId: number;
  readonly productKey: string;
  readonly deviceName: string;
}

/** What the leasing statement made of one request. */
export type LeaseVerdict =
  | 'leased'
  | 'reissued'
  | 'order_unknown'
  | 'station_not_allowed'
  | Exclude<OrderState, 'open'>
  | 'bound_elsewhere'
  | 'quota_used_up'
  | 'stock_empty'
  | 'contended';

/** A lease as the leasing statement answers it. */
export interface Lease {
  readonly claimId: number;
  readonly orderId: number;
  readonly isReissued: boolean;
  readonly attempt: number;
  readonly leaseUntil: Date;
  readonly productKey: string;
  readonly deviceName: string;
  readonly generation: number;
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly remaining: number;
}
