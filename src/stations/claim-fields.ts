import { z } from 'zod';
import { leastFingerprintDigits } from '../core/read-back.js';
import { Secret } from '../core/secret.js';
import type { UnitReport } from '../core/unit-identity.js';
import { idParam } from '../platform/http/id-param.js';
import type { GivenProof, SlotUnit } from './claim.js';

/** Units: entries of a batch; a jig has 16 slots, a line asks for a tray. */
export const mostInBatch = 64;

const identity = z.string().max(100).optional();
const observation = z.string().max(200).optional();
/** What a station tells of a unit. */
const unitShape = {
  imei: identity,
  sn: identity,
  mac: identity,
  iccid: observation,
  firmware: observation,
};
/** The unit of a claim. */
export const unitField = z.strictObject(unitShape);
/** The slot of a claim. */
export const slotField = z.number().int().min(1).max(999).optional();
/** A unit of a batch: what the unit of a claim is, with its slot beside. */
export const batchUnitField = z.strictObject({ ...unitShape, slot: slotField });

/** Reads a unit of a batch. */
export function slotUnitOf({
  slot,
  ...unit
}: z.infer<typeof batchUnitField>): SlotUnit<UnitReport> {
  return { slot: slot ?? null, unit };
}

const deviceName = z.string().max(100);
const secretDigest = z.string().regex(/^[0-9A-Fa-f]{64}$/, '64 hex digits');
const deviceSecret = z.string().min(1).max(200);
const fingerprint = z
  .string()
  .regex(
    new RegExp(`^[0-9A-Fa-f]{${leastFingerprintDigits},64}$`),
    `${leastFingerprintDigits} to 64 hex digits`,
  );
const readBack = z.union(
  [
    z.strictObject({ deviceName, secretDigest }),
    z.strictObject({ deviceName, deviceSecret }),
    z.strictObject({ deviceName, fingerprint }),
  ],
  'deviceName with one of secretDigest, deviceSecret, fingerprint',
);
const proofText = 'one of readBack, login: true, word: true';
const proofShape = {
  readBack: readBack.optional(),
  login: z.literal(true).optional(),
  word: z.literal(true).optional(),
  volatile: z.boolean().default(false),
};

/** A confirm: exactly one proof, and whether the triple is lost by a restart. */
export const confirmBody = z.strictObject(proofShape).refine(hasOneProof, proofText);
/** A confirm of a batch: what a confirm is, with its claim beside. */
export const batchConfirmField = z
  .strictObject({ ...proofShape, claimId: idParam('clm') })
  .refine(hasOneProof, proofText);

/** The proof as it came in. */
interface ProofFields {
  readonly readBack?: z.infer<typeof readBack> | undefined;
  readonly login?: true | undefined;
  readonly word?: true | undefined;
}

function hasOneProof({ readBack, login, word }: ProofFields): boolean {
  return [readBack, login, word].filter((given) => given !== undefined).length === 1;
}

/** Reads the one proof of a confirm. */
export function proofOf({ readBack, login }: ProofFields): GivenProof {
  if (!readBack) return login ? 'login' : 'word';
  const { deviceName } = readBack;
  if ('secretDigest' in readBack) {
    return { deviceName, secret: { kind: 'digest', digest: readBack.secretDigest } };
  }
  if ('deviceSecret' in readBack) {
    const deviceSecret = new Secret(readBack.deviceSecret);
    return { deviceName, secret: { kind: 'secret', deviceSecret } };
  }
  const fingerprint = new Secret(readBack.fingerprint);
  return { deviceName, secret: { kind: 'fingerprint', fingerprint } };
}
