import { DomainError } from '../core/errors.js';
import type { Proof } from '../core/lifecycle.js';
import { publicId } from '../core/public-id.js';
import type { Secret } from '../core/secret.js';
import type { ByStation, ClaimRow, ConfirmRequest, EndRequest } from './claim.js';
import { checkProof, proofKind } from './claim-proof.js';

/** A station says what came of a claim. */
export type MoveRequest =
  | (ConfirmRequest & { readonly to: 'confirmed' })
  | (EndRequest & { readonly to: 'failed' | 'void' });

/** A move from what was read to what is asked; it holds only while the claim is as it was read. */
export interface ClaimMove extends ByStation {
  readonly from: ClaimRow;
  readonly to: 'confirmed' | 'failed' | 'void';
  readonly proof: Proof | null;
  readonly isVolatile: boolean;
  readonly reason: string | null;
}

/**
 * Decides what a request makes of a claim: a move, or undefined when it has happened already.
 *
 * A confirmed unit that is claimed again begins another attempt, which ends by a confirm or a fail
 * like any other; the claim itself stays confirmed, because the unit was proven once.
 *
 * Shape: `secret` is the secret of the device, by which what was read back is proven.
 * Errors: `claim.not_found` also for the claim of another station, `claim.void`, `claim.not_leased`,
 * `claim.confirmed`, `claim.volatile_not_accepted`, and those of `checkProof`.
 */
export function decideMove(
  claim: ClaimRow | undefined,
  request: MoveRequest,
  secret: Secret | undefined,
): ClaimMove | undefined {
  if (claim?.stationId !== request.stationId) throw notFound(request.claimId);
  return request.to === 'confirmed'
    ? decideConfirm(claim, request, secret)
    : decideEnd(claim, request);
}

function decideConfirm(
  claim: ClaimRow,
  { actor, stationId, proof, isVolatile }: ConfirmRequest,
  secret: Secret | undefined,
): ClaimMove | undefined {
  if (claim.state !== 'leased' && claim.state !== 'confirmed') throw refusal(claim);
  checkProof(claim, proof, secret);
  if (claim.state === 'confirmed' && claim.endedAt) return undefined;
  assertHeld(claim);
  if (isVolatile && !claim.acceptVolatile) throw volatileRefused();
  const move = { actor, stationId, from: claim, isVolatile, reason: null };
  return { ...move, to: 'confirmed', proof: proofKind(proof) };
}

function decideEnd(
  claim: ClaimRow,
  { actor, stationId, to, reason }: Extract<MoveRequest, { to: 'failed' | 'void' }>,
): ClaimMove | undefined {
  if (claim.state === to) return undefined;
  // The last attempt of a confirmed unit has failed, and this is the second time that it is said.
  const isDoubted = claim.state === 'confirmed' && claim.failReason !== null;
  if (to === 'failed' && isDoubted && claim.endedAt) return undefined;
  if (!canEnd(claim, to)) throw refusal(claim);
  assertHeld(claim);
  return { actor, stationId, from: claim, to, proof: null, isVolatile: false, reason };
}

function canEnd({ state, endedAt }: ClaimRow, to: 'failed' | 'void'): boolean {
  if (state === 'leased') return true;
  return to === 'void' ? state === 'failed' : state === 'confirmed' && !endedAt;
}

/** A device may be voided beside its claim; the claim cannot move then. */
function assertHeld(claim: ClaimRow): void {
  if (claim.deviceState === 'void') throw voided(claim.id);
}

function refusal(claim: ClaimRow): DomainError {
  const id = publicId('clm', claim.id);
  if (claim.state === 'void') return voided(claim.id);
  if (claim.state !== 'confirmed') {
    return new DomainError('claim.not_leased', `${id} is ${claim.state}.`, { state: claim.state });
  }
  const { deviceName, productKey } = claim;
  const detail = `${id} is confirmed; an engineer may void ${deviceName} of ${productKey}.`;
  return new DomainError('claim.confirmed', detail, { productKey, deviceName });
}

function voided(id: number): DomainError {
  return new DomainError('claim.void', `${publicId('clm', id)} is void.`);
}

function volatileRefused(): DomainError {
  return new DomainError(
    'claim.volatile_not_accepted',
    'The order wants what survives a restart of the module.',
  );
}

/** The refusal of a claim that does not exist, or is of another station: both look the same. */
export function notFound(id: number): DomainError {
  const detail = `This station has no claim ${publicId('clm', id)}.`;
  return new DomainError('claim.not_found', detail);
}
