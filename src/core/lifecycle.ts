/** The states of a device; activation, disabling and generation stand beside them. */
export const deviceStates = ['free', 'leased', 'confirmed', 'issued', 'void'] as const;
export type DeviceState = (typeof deviceStates)[number];

/** The states of a claim. */
export const claimStates = ['leased', 'failed', 'confirmed', 'void'] as const;
export type ClaimState = (typeof claimStates)[number];

/** The states of an order. */
export const orderStates = [
  'minting',
  'open',
  'held',
  'closed',
  'expired',
  'refused',
  'aborted',
] as const;
export type OrderState = (typeof orderStates)[number];

/**
 * An import takes in triples that exist elsewhere; a standing order holds the devices that registered
 * without pre-registration and mints nothing.
 */
export const orderKinds = ['mint', 'import', 'standing'] as const;
export type OrderKind = (typeof orderKinds)[number];

/** What the devices of an order carry when they leave the line. */
export const provisionings = ['device-secret', 'product-secret'] as const;
export type Provisioning = (typeof provisionings)[number];

/**
 * By what a station proved that a unit holds its triple: a digest of the secret it read back, the
 * secret itself, a fingerprint where a module hides it, a login of the unit, or only its word.
 */
export const proofs = ['digest', 'secret', 'fingerprint', 'login', 'word'] as const;
export type Proof = (typeof proofs)[number];

/** What an order accepts that says nothing else: every proof but the word of a station. */
export const defaultProofs: readonly Proof[] = ['digest', 'secret', 'fingerprint', 'login'];

/** The counters of an order; `minted` is the sum of the others except `shown` and `activated`. */
export interface OrderCount {
  readonly quota: number;
  readonly minted: number;
  readonly free: number;
  readonly leased: number;
  readonly failed: number;
  readonly confirmed: number;
  readonly issued: number;
  readonly void: number;
  readonly shown: number;
  readonly activated: number;
}

/** How many triples an order may still give out: what its quota leaves, and what is there. */
export function remaining(count: Pick<OrderCount, 'quota' | 'shown' | 'free'>): number {
  return Math.min(count.quota - count.shown, count.free);
}

/**
 * Tells whether an order can be used for new claims, seen from its stored state and its end, and from
 * whether an admin has not released it yet after a restore.
 */
export function effectiveOrderState(
  order: {
    readonly state: OrderState;
    readonly expiresAt: Date | null;
    readonly heldAt: Date | null;
  },
  now: Date,
): OrderState {
  if (order.state === 'open' && order.heldAt) return 'held';
  if (order.state === 'open' && order.expiresAt && order.expiresAt <= now) return 'expired';
  return order.state;
}
