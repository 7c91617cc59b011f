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

const forgetful = 'this module forgets what it is given when it restarts';
const advice: Readonly<Record<Provisioning, string>> = {
  'device-secret':
    'let the host write it at every start, or place an order for one type one secret',
  'product-secret':
    'let the host write it at every start, and place an order that accepts that (acceptVolatile)',
};

/**
 * Makes sure that a module of a dialect can pass under the terms of an order, and chooses its proof.
 *
 * Why: what can never pass is to be told before a triple is claimed for it, and before it is written.
 * Errors: `SlotStop` with `registration_unsupported`, `volatile`, `read_back_unproven`.
 */
export function checkTerms(dialect: Dialect, terms: OrderTerms): ProofKind {
  const { provisioning, acceptVolatile, acceptProofs } = terms;
  if (provisioning === 'product-secret') networkOf(dialect);
  if (dialect.persistence === 'ram' && !acceptVolatile) {
    throw new SlotStop('volatile', `${forgetful}; ${advice[provisioning]}`);
  }
  return chooseProof(dialect, acceptProofs);
}

/** The terms under which a claim was granted. */
export function termsOf({ credential, acceptVolatile, acceptProofs }: ClaimGrant): OrderTerms {
  return { provisioning: credential.kind, acceptVolatile, acceptProofs };
}
