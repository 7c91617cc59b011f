import type { Actor } from '../audit/audit-event.js';
import type { Credential } from '../core/credential.js';
import type {
  ClaimState,
  DeviceState,
  OrderState,
  Proof,
  Provisioning,
} from '../core/lifecycle.js';
import type { Secret } from '../core/secret.js';
import type { Unit, UnitReport } from '../core/unit-identity.js';

/** Who asks, and for which station. */
export interface ByStation {
  readonly actor: Actor;
  readonly stationId: number;
}

/** A unit and where it is held. */
export interface SlotUnit<U> {
  readonly slot: number | null;
  readonly unit: U;
}

/** A station asks for the triple of a unit. */
export interface ClaimRequest extends ByStation, SlotUnit<UnitReport> {
  readonly orderId: number;
}

/** A request whose unit has its one identity. */
export interface UnitClaim extends ByStation, SlotUnit<Unit> {
  readonly orderId: number;
}

/** A station asks for the triples of up to 64 units at once. */
export interface BatchClaimRequest extends ByStation {
  readonly orderId: number;
  readonly units: readonly SlotUnit<UnitReport>[];
  /** None gets a triple where one is refused. */
  readonly isWhole: boolean;
}

/** A claim that was granted; the same unit gets the same triple again (`isReissued`). */
export interface ClaimGrant {
  readonly claimId: number;
  readonly orderId: number;
  readonly isReissued: boolean;
  readonly generation: number;
  readonly attempt: number;
  readonly leaseUntil: Date;
  readonly credential: Credential;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  /** How many triples the order may still give out. */
  readonly remaining: number;
}

/** What a unit showed when it was read back after its restart. */
export interface ReadBack {
  readonly deviceName: string;
  /**
   * Shape: a digest is `readBackDigest` of `core/read-back.ts`, hex of either case; a fingerprint is
   * what `isFingerprintOf` there takes.
   */
  readonly secret:
    | { readonly kind: 'digest'; readonly digest: string }
    | { readonly kind: 'secret'; readonly deviceSecret: Secret }
    | { readonly kind: 'fingerprint'; readonly fingerprint: Secret };
}

/**
 * By what a station proves that a unit holds its triple: what was read back, `login` (the unit has
 * logged in since its attempt began) or `word` (the station says so).
 */
export type GivenProof = ReadBack | 'login' | 'word';

/** A station says that a unit holds its triple. */
export interface ConfirmRequest extends ByStation {
  readonly claimId: number;
  readonly proof: GivenProof;
  /** The triple does not survive a restart of the module. */
  readonly isVolatile: boolean;
}

/** A station says that an attempt has failed, or that a unit is scrap. */
export interface EndRequest extends ByStation {
  readonly claimId: number;
  readonly reason: string;
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
  /**
   * When the claim was last handed out, or its device reset: whatever the unit did before that, it
   * did with what it held before.
   */
  readonly leasedAt: Date;
  /** When the current attempt ended; null while it is open. */
  readonly endedAt: Date | null;
  readonly proof: Proof | null;
  readonly isVolatile: boolean;
  /** Why the last attempt failed, kept by a confirmed unit until it is proven again; or why it is void. */
  readonly failReason: string | null;
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceState: DeviceState;
  readonly generation: number;
  readonly lastLoginAt: Date | null;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** The claim that keeps a unit from getting another triple. */
export interface Holder {
  readonly orderId: number;
  readonly claimId: number;
  /** The identity under which it holds its triple. */
  readonly unit: string;
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
  | 'firmware_not_allowed'
  | 'bound_elsewhere'
  | 'known_otherwise'
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
  readonly acceptProofs: readonly Proof[];
  readonly remaining: number;
}
