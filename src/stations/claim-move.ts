import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { isSameSecret, readBackDigest } from '../core/read-back.js';
import type { Secret } from '../core/secret.js';
import { isSameSignature } from '../core/signing.js';
import type { ByStation, ClaimRow, Proof, ReadBack } from './claim.js';

/** A station says what came of a claim. */
export type MoveRequest = ByStation & {
  readonly claimId: number;
} & (
    | { readonly to: 'confirmed'; readonly readBack: ReadBack; readonly isVolatile: boolean }
    | { readonly to: 'failed' | 'void'; readonly reason: string }
  );

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
 * Shape: `secret` is the secret of the device, by which a confirm is proven.
 * Errors: `claim.not_found` also for the claim of another station, `claim.void`, `claim.not_leased`,
 * `claim.read_back_mismatch`, `claim.volatile_not_accepted`.
 */
export function decideMove(
  claim: ClaimRow | undefined,
  request: MoveRequest,
  secret: Secret | undefined,
): ClaimMove | undefined {
  if (claim?.stationId !== request.stationId) throw notFound(request.claimId);
  const { actor, stationId, to } = request;
  if (to === 'confirmed') {
    const isOpen = claim.state === 'leased' || claim.state === 'confirmed';
    if (!isOpen) throw refusal(claim);
    const differing = secret ? differences(claim, request.readBack, secret) : ['secret'];
    if (differing.length > 0) throw mismatch(claim.id, differing);
    if (claim.state === 'confirmed') return undefined;
    assertLeased(claim);
    if (request.isVolatile && !claim.acceptVolatile) throw volatileRefused();
    const proof = request.readBack.secret.kind;
    const { isVolatile } = request;
    return { actor, stationId, from: claim, to, proof, isVolatile, reason: null };
  }
  if (claim.state === to) return undefined;
  const isAllowed = claim.state === 'leased' || (claim.state === 'failed' && to === 'void');
  if (!isAllowed) throw refusal(claim);
  assertLeased(claim);
  const { reason } = request;
  return { actor, stationId, from: claim, to, proof: null, isVolatile: false, reason };
}

/** Tells what was read back that is not what the unit should hold. */
function differences(claim: ClaimRow, readBack: ReadBack, secret: Secret): string[] {
  const shown = readBack.secret;
  const isSecretRight =
    shown.kind === 'digest'
      ? isSameSignature(readBackDigest(secret, publicId('clm', claim.id)), shown.digest)
      : isSameSecret(shown.deviceSecret, secret);
  const isNameRight = readBack.deviceName === claim.deviceName;
  return [...(isNameRight ? [] : ['deviceName']), ...(isSecretRight ? [] : ['secret'])];
}

/** A device may be voided beside its claim; the claim cannot move then. */
function assertLeased(claim: ClaimRow): void {
  if (claim.deviceState !== 'leased') throw voided(claim.id);
}

function refusal(claim: ClaimRow): DomainError {
  if (claim.state === 'void') return voided(claim.id);
  const way = claim.state === 'confirmed' ? `; an admin may void ${claim.deviceName}` : '';
  const detail = `${publicId('clm', claim.id)} is ${claim.state}${way}.`;
  return new DomainError('claim.not_leased', detail, { state: claim.state });
}

function voided(id: number): DomainError {
  return new DomainError('claim.void', `${publicId('clm', id)} is void.`);
}

function mismatch(id: number, differing: readonly string[]): DomainError {
  const detail = `What was read back differs from ${publicId('clm', id)}: ${differing.join(', ')}.`;
  return new DomainError('claim.read_back_mismatch', detail, { differing });
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
