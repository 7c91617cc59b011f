/** The newest seal. */
export interface SealHead {
  readonly seq: number;
  /** Every row up to this id is sealed. */
  readonly lastId: number;
  readonly hash: Buffer;
  readonly sealedAt: Date | null;
}

/** A head with what waits behind it. */
export interface HeadView {
  readonly seq: number;
  readonly auditId: number;
  /** Shape: 64 hex digits. */
  readonly hash: string;
  readonly sealedAt: string | null;
  /** How many rows are not sealed yet, and since when the oldest of them waits. */
  readonly unsealed: number;
  readonly unsealedSince: string | null;
}

/** How far ids were given out at one moment, and who was writing then. */
export interface SealMark {
  readonly lastId: number;
  /** The run of the server; what is known of one says nothing about another. */
  readonly server: string;
  /** Transactions that may still bring a row with an id up to `lastId`. */
  readonly writers: readonly string[];
}

/**
 * The id up to which nothing can come any more, so that all rows below are there to be sealed.
 *
 * Id order is not commit order. But whoever was writing at an earlier mark and is gone has brought
 * his rows or never will; who came later draws ids above that mark.
 * Shape: undefined when not even the earlier mark is settled.
 */
export function settledId(earlier: SealMark | undefined, now: SealMark): number | undefined {
  if (now.writers.length === 0) return now.lastId;
  if (earlier?.server !== now.server) return undefined;
  const isSettled = !earlier.writers.some((writer) => now.writers.includes(writer));
  return isSettled ? earlier.lastId : undefined;
}

/** How a head is shown. */
export function headView(
  head: SealHead,
  unsealed: { readonly count: number; readonly since: Date | null },
): HeadView {
  return {
    seq: head.seq,
    auditId: head.lastId,
    hash: head.hash.toString('hex'),
    sealedAt: head.sealedAt?.toISOString() ?? null,
    unsealed: unsealed.count,
    unsealedSince: unsealed.since?.toISOString() ?? null,
  };
}
