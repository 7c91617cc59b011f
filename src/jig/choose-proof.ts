import type { Dialect, ReadBack } from '../at/dialect.js';
import type { Proof } from '../core/lifecycle.js';
import { readBackDigest, secretFingerprint } from '../core/read-back.js';
import type { Triple } from '../core/triple.js';
import type { JigProof } from './claims.js';
import { SlotStop } from './slot-result.js';

/** The kinds of proof that a jig can bring. */
export type ProofKind = JigProof['kind'];

const shown = {
  clear: ['digest'],
  fingerprint: ['fingerprint'],
  masked: [],
  none: [],
} as const satisfies Record<ReadBack['mode'], readonly ProofKind[]>;

/** The proofs that a module of a dialect can bring, the one to be preferred first. */
export function proofsOf({ readBack, login }: Dialect): readonly ProofKind[] {
  return [...shown[readBack.mode], ...(login === undefined ? [] : (['login'] as const))];
}

/**
 * Chooses how a unit is to prove what it holds, before anything is written to it.
 *
 * Shape: what the module shows comes before its login, which activates the device.
 * Errors: `SlotStop` with `read_back_unproven` where the order accepts nothing that the module can show.
 */
export function chooseProof(dialect: Dialect, accepted: readonly Proof[]): ProofKind {
  const own = proofsOf(dialect);
  const chosen = own.find((kind) => accepted.includes(kind));
  if (chosen !== undefined) {
    return chosen;
  }
  throw new SlotStop(
    'read_back_unproven',
    own.length === 0
      ? `${dialect.id} shows nothing of what is stored, nor can it be told to log in with it; ` +
          'let its host write it'
      : `${dialect.id} proves by ${own.join(' or ')}, the order accepts ${accepted.join(', ')}; ` +
          'place an order that accepts it (acceptProofs)',
  );
}

/** Puts a proof together, of what has been compared. */
export function proofOf(kind: ProofKind, triple: Triple, claimId: string): JigProof {
  const { deviceName, deviceSecret } = triple;
  switch (kind) {
    case 'digest':
      return { kind, deviceName, secretDigest: readBackDigest(deviceSecret, claimId) };
    case 'fingerprint':
      return { kind, deviceName, fingerprint: secretFingerprint(deviceSecret) };
    case 'login':
      return { kind };
  }
}
