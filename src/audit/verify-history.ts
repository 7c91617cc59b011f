import type { Tx } from '../platform/database/transaction.js';
import { entrySize, genesisHash, sealHash } from './seal-format.js';
import type { Seal } from './seal-format.js';
import type { SealReaderStore } from './seal-reader.store.js';
import { verifyRows } from './verify-rows.js';
import type { RowFlaw } from './verify-rows.js';

/** A head that was kept outside of the database. */
export interface KeptHead {
  readonly seq: bigint;
  readonly hash: Buffer;
}

/**
 * A seal that is not as it was made.
 *
 * Shape: the rows that are in doubt have ids above `after`, up to `lastId`. A seal that was made
 * anew shows where the next one does not follow from it, so the rows of both are in doubt.
 */
export interface SealFlaw {
  readonly kind: 'seal_missing' | 'seal_altered' | 'head_differs' | 'head_missing';
  readonly seq: bigint;
  readonly after: bigint;
  readonly lastId: bigint;
}

/** A row with an id that was never given out. */
export interface AheadFlaw {
  readonly kind: 'row_ahead';
  readonly id: bigint;
  readonly at: string;
}

export type HistoryFlaw = RowFlaw | SealFlaw | AheadFlaw;

/** How far the history was verified, and what is wrong with it first. */
export interface HistoryVerdict {
  readonly flaw: HistoryFlaw | undefined;
  readonly seals: number;
  readonly rows: number;
  readonly lastId: bigint;
}

/** What verifying reads with, and whom it tells how far it is. */
export interface VerifyOptions {
  readonly tx: Tx;
  readonly store: SealReaderStore;
  readonly keptHead?: KeptHead | undefined;
  readonly onSeal?: (seal: Seal) => void;
}

/** Below every id that a row could have. */
const belowAll = -(2n ** 63n);
/** Seals read at once; 80 kB each at most. */
const pageSize = 16;

/**
 * Computes the whole chain again and answers the first thing that is not as it was.
 *
 * Shape: page by page, beside a running service; rows behind the newest seal are not looked at.
 */
export async function verifyHistory(options: VerifyOptions): Promise<HistoryVerdict> {
  const { tx, store, keptHead, onSeal } = options;
  let seals = 0;
  let rows = 0;
  let before: Before = { seq: 0n, after: 0n, lastId: 0n, hash: genesisHash };
  const verdict = (flaw: HistoryFlaw | undefined): HistoryVerdict => {
    return { flaw, seals, rows, lastId: before.lastId };
  };
  for await (const seal of allSeals(tx, store)) {
    // Nothing was ever given an id below 1: such a row is found with the first seal.
    const after = seals === 0 ? belowAll : before.lastId;
    const flaw = sealFlaw(before, seal, keptHead) ?? (await verifyRows(tx, store, seal, after));
    if (flaw) return verdict(flaw);
    seals += 1;
    rows += seal.entries.length / entrySize;
    before = { ...seal, after: before.lastId };
    onSeal?.(seal);
  }
  if (keptHead && keptHead.seq > before.seq) {
    return verdict(about('head_missing', keptHead.seq, before.lastId, before.lastId));
  }
  const ahead = await store.rowAhead(tx);
  if (!ahead) return verdict(undefined);
  return verdict({ kind: 'row_ahead', id: BigInt(ahead.id), at: ahead.at });
}

type Before = Pick<Seal, 'seq' | 'lastId' | 'hash'> & { readonly after: bigint };

function sealFlaw(
  before: Before,
  seal: Seal,
  keptHead: KeptHead | undefined,
): SealFlaw | undefined {
  const seq = before.seq + 1n;
  if (seal.seq !== seq) return about('seal_missing', seq, before.lastId, seal.lastId);
  if (!sealHash(before.hash, seal).equals(seal.hash)) {
    return about('seal_altered', seq, before.after, seal.lastId);
  }
  if (keptHead?.seq !== seq || keptHead.hash.equals(seal.hash)) return undefined;
  return about('head_differs', seq, 0n, seal.lastId);
}

function about(kind: SealFlaw['kind'], seq: bigint, after: bigint, lastId: bigint): SealFlaw {
  return { kind, seq, after, lastId };
}

async function* allSeals(tx: Tx, store: SealReaderStore): AsyncGenerator<Seal> {
  for (let last = 0n; ;) {
    const page = await store.sealsAfter(tx, last, pageSize);
    yield* page;
    if (page.length < pageSize) return;
    last = page.at(-1)?.seq ?? last;
  }
}
