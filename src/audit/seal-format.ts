import { createHash } from 'node:crypto';

/** The columns of a row of the history in the order in which they are sealed. */
export const sealedColumns = [
  'id',
  'at',
  'action',
  'actor',
  'address',
  'product_key',
  'device_name',
  'order_id',
  'claim_id',
  'unit',
  'detail',
] as const;
export type SealedColumn = (typeof sealedColumns)[number];

/** A row of the history with every column as the text that is sealed; `docs/audit.md` says which. */
export type SealedRow = Readonly<Record<SealedColumn, string | null>>;

/** What opens the bytes of every seal; another encoding would have another label. */
export const sealLabel = 'triplemint audit seal v1\n';

/** Units: bytes. */
const idSize = 8;
const digestSize = 32;
/** Units: bytes; the id of a row and its digest. */
export const entrySize = idSize + digestSize;

/** The hash before the first seal. Shape: 32 zero bytes. */
export const genesisHash = Buffer.alloc(digestSize);

/** A link of the chain. Shape: `sealedAtMicros` since 1970 UTC; ids and numbers as 64-bit integers. */
export interface Seal {
  readonly seq: bigint;
  /** Every row up to this id belongs to this seal or to one before. */
  readonly lastId: bigint;
  readonly sealedAtMicros: bigint;
  readonly entries: Buffer;
  readonly hash: Buffer;
}

/** What a seal says of one row. */
export interface SealEntry {
  readonly id: bigint;
  readonly digest: Buffer;
}

/**
 * The digest of one row.
 *
 * Shape: SHA-256 over all columns in order, each as `length:text` with the length in bytes of UTF-8,
 * or `-` where it is NULL.
 */
export function rowDigest(row: SealedRow): Buffer {
  const parts = sealedColumns.map((column) => {
    const text = row[column];
    return text === null ? '-' : `${Buffer.byteLength(text)}:${text}`;
  });
  return createHash('sha256').update(parts.join('')).digest();
}

/** The hash of a seal. Shape: SHA-256 over label, hash before, seq, last id, time and entries. */
export function sealHash(before: Buffer, seal: Omit<Seal, 'hash'>): Buffer {
  const numbers = Buffer.alloc(3 * idSize);
  numbers.writeBigInt64BE(seal.seq, 0);
  numbers.writeBigInt64BE(seal.lastId, idSize);
  numbers.writeBigInt64BE(seal.sealedAtMicros, 2 * idSize);
  const hash = createHash('sha256').update(sealLabel).update(before);
  return hash.update(numbers).update(seal.entries).digest();
}

/** Reads the entries of a seal, in the order of ids. */
export function entriesOf({ entries }: Pick<Seal, 'entries'>): SealEntry[] {
  return Array.from({ length: Math.floor(entries.length / entrySize) }, (_, index) => {
    const start = index * entrySize;
    const digest = entries.subarray(start + idSize, start + entrySize);
    return { id: entries.readBigInt64BE(start), digest };
  });
}
