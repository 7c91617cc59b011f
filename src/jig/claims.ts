import type { Credential } from '../core/credential.js';
import type { Proof } from '../core/lifecycle.js';
import type { UnitReport } from '../core/unit-identity.js';

/** A claim that was granted; the same unit gets the same grant again (`reissued`). */
export interface ClaimGrant {
  readonly claimId: string;
  readonly attempt: number;
  readonly reissued: boolean;
  readonly credential: Credential;
  readonly broker: { readonly host: string; readonly port: number };
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
}

/**
 * By what the jig knows that a unit holds its triple.
 *
 * Shape: `secretDigest` is `readBackDigest` of `core/read-back.ts`, `fingerprint` what the module
 * prints of its secret, in full; `login`: the module has logged in after its restart.
 */
export type JigProof =
  | { readonly kind: 'digest'; readonly deviceName: string; readonly secretDigest: string }
  | { readonly kind: 'fingerprint'; readonly deviceName: string; readonly fingerprint: string }
  | { readonly kind: 'login' };

/**
 * Whom the jig asks for triples: the service itself, or the service over HTTPS.
 *
 * Errors: a refusal is a `DomainError`; anything else counts as "no answer". Repeating a request that
 * got no answer is the task of the implementation, and so is asking again after `claim.no_login`, for
 * the service may hear of a login a moment later.
 */
export interface Claims {
  claim(request: {
    readonly orderId: string;
    readonly slot: number;
    readonly unit: UnitReport;
  }): Promise<ClaimGrant>;
  confirm(
    claimId: string,
    result: { readonly proof: JigProof; readonly isVolatile: boolean },
  ): Promise<void>;
  fail(claimId: string, reason: string): Promise<void>;
}
