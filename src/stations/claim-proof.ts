import { DomainError } from '../core/errors.js';
import type { Proof } from '../core/lifecycle.js';
import { publicId } from '../core/public-id.js';
import { isFingerprintOf, isSameSecret, readBackDigest } from '../core/read-back.js';
import type { Secret } from '../core/secret.js';
import { isSameSignature } from '../core/signing.js';
import type { ClaimRow, GivenProof, ReadBack } from './claim.js';

/** The kind of a proof, as the order names it and the history keeps it. */
export function proofKind(proof: GivenProof): Proof {
  return typeof proof === 'string' ? proof : proof.secret.kind;
}

/**
 * Makes sure that a proof is of a kind that the order accepts and that it holds.
 *
 * Shape: `secret` is the secret of the device; it is needed for what was read back.
 * Errors: `claim.proof_not_accepted`, `claim.no_login`, `claim.read_back_mismatch`.
 */
export function checkProof(claim: ClaimRow, proof: GivenProof, secret: Secret | undefined): void {
  if (!claim.acceptProofs.includes(proofKind(proof))) throw notAccepted(claim, proof);
  if (proof === 'word') return;
  if (proof === 'login') {
    if (!claim.lastLoginAt || claim.lastLoginAt < claim.leasedAt) throw noLogin(claim);
    return;
  }
  const differing = secret ? differences(claim, proof, secret) : ['secret'];
  if (differing.length > 0) throw mismatch(claim.id, differing);
}

/** Tells what was read back that is not what the unit should hold. */
function differences(claim: ClaimRow, readBack: ReadBack, secret: Secret): string[] {
  const isNameRight = readBack.deviceName === claim.deviceName;
  const isSecretRight = isSecretShown(claim, readBack, secret);
  return [...(isNameRight ? [] : ['deviceName']), ...(isSecretRight ? [] : ['secret'])];
}

function isSecretShown({ id }: ClaimRow, { secret: shown }: ReadBack, secret: Secret): boolean {
  switch (shown.kind) {
    case 'digest':
      return isSameSignature(readBackDigest(secret, publicId('clm', id)), shown.digest);
    case 'secret':
      return isSameSecret(shown.deviceSecret, secret);
    case 'fingerprint':
      return isFingerprintOf(shown.fingerprint, secret);
  }
}

function mismatch(id: number, differing: readonly string[]): DomainError {
  const detail = `What was read back differs from ${publicId('clm', id)}: ${differing.join(', ')}.`;
  return new DomainError('claim.read_back_mismatch', detail, { differing });
}

function notAccepted({ orderId, acceptProofs }: ClaimRow, proof: GivenProof): DomainError {
  const order = publicId('ord', orderId);
  const accepted = acceptProofs.join(', ');
  const detail =
    proof === 'word'
      ? `${order} does not take the word of a station: it lacks word in its acceptProofs (${accepted}).`
      : `${order} accepts ${accepted}; this proof is ${proofKind(proof)}.`;
  const data = { orderId: order, proof: proofKind(proof), accepted: acceptProofs };
  return new DomainError('claim.proof_not_accepted', detail, data);
}

function noLogin({ deviceName, leasedAt, lastLoginAt }: ClaimRow): DomainError {
  const since = leasedAt.toISOString();
  const detail = `${deviceName} has not logged in since ${since}, when it was last claimed.`;
  const last = lastLoginAt && { lastLoginAt: lastLoginAt.toISOString() };
  return new DomainError('claim.no_login', detail, { since, ...last });
}
