import { publicId } from '../core/public-id.js';
import type { ClaimState, Proof } from '../core/lifecycle.js';
import type { ClaimGrant, ClaimRow } from './claim.js';
import { showDeviceSecret, showPassword } from './shown-credentials.js';

/** A granted claim as it is answered: the triple, or a login by which the unit fetches its own. */
export interface GrantView extends CredentialView {
  readonly claimId: string;
  readonly reissued: boolean;
  readonly attempt: number;
  readonly leaseUntil: string;
  readonly order: {
    readonly remaining: number;
    readonly acceptVolatile: boolean;
    readonly acceptProofs: readonly Proof[];
  };
  readonly broker: { readonly host: string; readonly port: number };
}

interface CredentialView {
  readonly triple: {
    readonly productKey: string;
    readonly deviceName: string;
    readonly deviceSecret?: string;
  };
  readonly registration?: {
    readonly clientId: string;
    readonly username: string;
    readonly password: string;
  };
}

/** A claim as it is answered. */
export interface ClaimView {
  readonly claimId: string;
  readonly orderId: string;
  readonly stationId: string;
  readonly slot: number | null;
  /** Shape: `imei:…`, `sn:…` or `mac:…`. */
  readonly identity: string;
  readonly unit: Pick<ClaimRow, 'imei' | 'sn' | 'mac' | 'iccid' | 'firmware'>;
  readonly productKey: string;
  readonly deviceName: string;
  readonly state: ClaimState;
  readonly stale: boolean;
  readonly attempt: number;
  readonly leaseUntil: string;
  readonly proof: Proof | null;
  readonly volatile: boolean;
  readonly failReason: string | null;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** Builds the answer for a granted claim; the one place where a station is shown a secret. */
export function grantView(
  grant: ClaimGrant,
  broker: { readonly host: string; readonly port: number },
): GrantView {
  return {
    claimId: publicId('clm', grant.claimId),
    reissued: grant.isReissued,
    attempt: grant.attempt,
    leaseUntil: grant.leaseUntil.toISOString(),
    ...credentialView(grant),
    order: {
      remaining: grant.remaining,
      acceptVolatile: grant.acceptVolatile,
      acceptProofs: grant.acceptProofs,
    },
    broker: { host: broker.host, port: broker.port },
  };
}

function credentialView({ orderId, generation, credential }: ClaimGrant): CredentialView {
  const { productKey, deviceName } = credential;
  switch (credential.kind) {
    case 'device-secret': {
      const device = { orderId, productKey, deviceName, generation };
      const deviceSecret = showDeviceSecret(device, credential.deviceSecret);
      return { triple: { productKey, deviceName, deviceSecret } };
    }
    case 'product-secret': {
      const { clientId, username } = credential.registration;
      const password = showPassword(credential, credential.registration);
      const registration = { clientId, username, password };
      return { triple: { productKey, deviceName }, registration };
    }
  }
}

/** Builds the answer for a claim, field by field; never a secret. */
export function claimView(row: ClaimRow, now = new Date()): ClaimView {
  return {
    claimId: publicId('clm', row.id),
    orderId: publicId('ord', row.orderId),
    stationId: publicId('st', row.stationId),
    slot: row.slot,
    identity: row.unit,
    unit: { imei: row.imei, sn: row.sn, mac: row.mac, iccid: row.iccid, firmware: row.firmware },
    productKey: row.productKey,
    deviceName: row.deviceName,
    state: row.state,
    stale: row.state === 'leased' && row.leaseUntil < now,
    attempt: row.attempt,
    leaseUntil: row.leaseUntil.toISOString(),
    proof: row.proof,
    volatile: row.isVolatile,
    failReason: row.failReason,
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
  };
}
