import type { Credential } from '../core/credential.js';
import type { UnitReport } from '../core/unit-identity.js';

/** A claim that was granted; the same unit gets the same grant again (`reissued`). */
export interface ClaimGrant {
  readonly claimId: string;
  readonly attempt: number;
  readonly reissued: boolean;
  readonly credential: Credential;
  readonly broker: { readonly host: string; readonly port: number };
  readonly acceptVolatile: boolean;
}

/**
 * Whom the jig asks for triples: the service itself, or the service over HTTPS.
 *
 * Shape: `secretDigest` is `readBackDigest` of `core/read-back.ts`.
 * Errors: a refusal is a `DomainError`; anything else counts as "no answer". Repeating a request that
 * got no answer is the task of the implementation.
 */
export interface Claims {
  claim(request: {
    readonly orderId: string;
    readonly slot: number;
    readonly unit: UnitReport;
  }): Promise<ClaimGrant>;
  confirm(
    claimId: string,
    proof: {
      readonly deviceName: string;
      readonly secretDigest: string;
      readonly isVolatile: boolean;
    },
  ): Promise<void>;
  fail(claimId: string, reason: string): Promise<void>;
}
