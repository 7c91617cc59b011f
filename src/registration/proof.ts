import { Secret } from '../core/secret.js';
import { isSameSignature, parseSignMethod, registrationContent, sign } from '../core/signing.js';
import type { SignMethod } from '../core/signing.js';
import type { KnownProduct } from '../products/product-directory.js';
import type { RegistrationRequest } from './registration.js';

/** Longer than anything a module signs; a stranger gets no larger hash computed. */
const maxFieldLength = 256;

/** What a caller claims to be, and the signature that is to prove it. */
export interface SignedIdentity {
  readonly productKey: string;
  readonly deviceName: string;
  readonly random: string;
  readonly sign: string;
  readonly method: SignMethod;
}

/**
 * Reads what a caller signed.
 *
 * Shape: every field 1-256 characters without NUL, a known sign method; undefined otherwise. The
 * answer depends on the request alone, never on what products there are.
 */
export function parseSignedIdentity(request: RegistrationRequest): SignedIdentity | undefined {
  const { productKey, deviceName, random, signMethod } = request;
  if (!isField(productKey) || !isField(deviceName) || !isField(random)) return undefined;
  if (!isField(request.sign) || !isField(signMethod)) return undefined;
  const method = parseSignMethod(signMethod);
  return method && { productKey, deviceName, random, sign: request.sign, method };
}

function isField(text: string | undefined): text is string {
  if (text === undefined || text.includes('\0')) return false;
  return text.length > 0 && text.length <= maxFieldLength;
}

/** Stands in for the secret of a product that does not exist; it proves nothing. */
const noSecret = new Secret('no product, no secret');

/** Which secret of its product a caller holds. */
export type Proof = 'current' | 'previous';

/**
 * Tells whether a caller holds a secret of a product, and which.
 *
 * Shape: undefined for who holds none; undefined also stands for an unknown product. Two signatures
 * are computed and compared in constant time in every case: the time must not tell which products
 * exist, nor whether one is being given another secret.
 */
export function proofOf(
  identity: SignedIdentity,
  product: Pick<KnownProduct, 'secret' | 'previous'> | undefined,
  now: Date,
): Proof | undefined {
  const content = registrationContent(identity);
  const current = product?.secret ?? noSecret;
  const isRotating = (product?.previous?.validUntil ?? now) > now;
  const previous = isRotating ? (product?.previous?.secret ?? current) : current;
  const isCurrent = isSameSignature(sign(identity.method, current, content), identity.sign);
  const isPrevious = isSameSignature(sign(identity.method, previous, content), identity.sign);
  if (!product) return undefined;
  if (isCurrent) return 'current';
  return isPrevious ? 'previous' : undefined;
}
