/**
 * What a line leader looks at before the shift ends, the most urgent first.
 *
 * Shape: `unit_doubted` a confirmed unit that was reported as failed or empty; `slot_failing` the last
 * three attempts of a slot failed; `claim_failed` not tried again since; `lease_stale` neither
 * confirmed nor failed in time; the rest are orders.
 */
export const attentionKinds = [
  'unit_doubted',
  'slot_failing',
  'claim_failed',
  'lease_stale',
  'order_held',
  'order_refused',
  'order_used_up',
  'order_low',
  'order_expired',
  'order_expiring',
] as const;
export type AttentionKind = (typeof attentionKinds)[number];

/** One thing that needs attention. Shape: what does not belong to its kind is null. */
export interface AttentionRow {
  readonly kind: AttentionKind;
  /** Where a page goes on in its source. */
  readonly key: string;
  /** Null where nobody wrote down when it began. */
  readonly since: Date | null;
  readonly reason: string | null;
  readonly orderId: number | null;
  readonly productKey: string | null;
  readonly stationId: number | null;
  readonly stationName: string | null;
  readonly slot: number | null;
  readonly claimId: number | null;
  readonly unit: string | null;
  readonly deviceName: string | null;
  /** How many triples the order may still give out. */
  readonly remaining: number | null;
}

/** What is asked for; what is left out is no condition. */
export interface AttentionFilter {
  readonly kind?: AttentionKind | undefined;
  readonly orderId?: number | undefined;
  readonly stationId?: number | undefined;
}

/** Where the items come from, in the order in which they are listed. */
export const attentionSources = ['doubted', 'slots', 'claims', 'orders'] as const;
export type AttentionSource = (typeof attentionSources)[number];

/** The key before the first of each source: claims, a slot of a station, orders. */
export const beforeFirst: Readonly<Record<AttentionSource, string>> = {
  doubted: '0',
  slots: '0-0',
  claims: '0',
  orders: '0',
};

/** The source that knows of a kind. */
export function sourceOf(kind: AttentionKind): AttentionSource {
  switch (kind) {
    case 'unit_doubted':
      return 'doubted';
    case 'slot_failing':
      return 'slots';
    case 'claim_failed':
    case 'lease_stale':
      return 'claims';
    case 'order_held':
    case 'order_refused':
    case 'order_used_up':
    case 'order_low':
    case 'order_expired':
    case 'order_expiring':
      return 'orders';
  }
}

/** Units: minutes after which a failed claim counts as left behind. */
export const failedForMinutes = 15;
/** Attempts of a slot that must all have failed; hours after which nobody works there any more. */
export const slotStreak = 3;
export const slotQuietHours = 24;
/**
 * Why a unit may end without a word on its slot: in another slot it would have ended alike.
 *
 * Shape: a login that is refused, or seen nowhere, came over the air from a module that had said OK to
 * what was written; it has forgotten it, or knows another broker. A line that spoils what is written
 * shows in other reasons too.
 */
export const notOfSlot: readonly string[] = [
  'aborted',
  'service_stopped',
  'batch_incomplete',
  'claim_refused',
  'claim_unanswered',
  'confirm_refused',
  'confirm_unanswered',
  'broker_unreachable',
  'registration_refused',
  'argument_refused',
  'dialect_unknown',
  'dialect_ambiguous',
  'registration_unsupported',
  'read_back_unproven',
  'login_refused',
  'login_unseen',
  'volatile',
  'internal',
];
/** An order is low below this part of its quota. */
export const lowShare = 0.05;
/** Units: hours before its end in which an order is shown, and days in which what is over is. */
export const expiringHours = 24;
export const overDays = 7;
