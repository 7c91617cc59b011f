import type { Dialect } from '../at/dialect.js';
import type { Proof, Provisioning } from '../core/lifecycle.js';
import { chooseProof } from './choose-proof.js';
import type { ProofKind } from './choose-proof.js';
import type { ClaimGrant } from './claims.js';
import { networkOf } from './register-unit.js';
import { SlotStop } from './slot-result.js';

/** What an order asks of a unit and takes from it. */
export interface OrderTerms {
  readonly provisioning: Provisioning;
  readonly acceptVolatile: boolean;
  readonly acceptProofs: readonly Proof[];
}

const remedies =
  'let the host write it at every start, or place an order that accepts that (acceptVolatile)';

/**
 * Makes sure that a module of a dialect can pass under the terms of an order, and chooses its proof.
 *
 * Why: what can never pass is to be told before a triple is claimed for it, and before it is written;
 * the proof comes before the memory, so that the remedies for a short one are such that it could pass.
 * Errors: `SlotStop` with `registration_unsupported`, `read_back_unproven`, `volatile`.
 */
export function checkTerms(dialect: Dialect, terms: OrderTerms): ProofKind {
  const { provisioning, acceptVolatile, acceptProofs } = terms;
  if (provisioning === 'product-secret') networkOf(dialect);
  const proof = chooseProof(dialect, acceptProofs);
  if (dialect.persistence === 'ram' && !acceptVolatile) {
    throw new SlotStop(
      'volatile',
      `this module forgets what it is given when it restarts; ${remedies}`,
    );
  }
  return proof;
}

/** The stop for a module that was found to hold nothing after its restart: by then its unit is bound. */
export function forgotten({ claimId, acceptVolatile }: ClaimGrant): SlotStop {
  const what = 'the triple did not outlive the restart';
  // Accepted, but then a login is the proof: see `settle`.
  const advice = acceptVolatile
    ? 'so no login proves it; with persistence ram its dialect has it log in without a restart'
    : `${remedies}, which takes this unit once ${claimId} is void`;
  return new SlotStop('volatile', `${what}; ${advice}`);
}

/** The terms under which a claim was granted. */
export function termsOf({ credential, acceptVolatile, acceptProofs }: ClaimGrant): OrderTerms {
  return { provisioning: credential.kind, acceptVolatile, acceptProofs };
}
