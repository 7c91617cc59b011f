import { z } from 'zod';
import { DomainError } from '../core/errors.js';

/** What the file says of itself before its data. */
const header = z.strictObject({
  format: z.literal('triplemint-backup'),
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Shape: names, oldest first; the schema of the data follows from them. */
  migrations: z.array(z.string()).min(1),
  /** The master keys that the data needs, by check values. */
  keys: z.array(z.strictObject({ kid: z.string(), checkValue: z.base64() })),
  sequences: z.array(
    z.strictObject({ name: z.string(), lastValue: z.string().regex(/^\d+$/).nullable() }),
  ),
});
/** What a backup says of itself before its data. */
export type Header = Readonly<z.infer<typeof header>>;

const tableStart = z.strictObject({ name: z.string(), columns: z.array(z.string()).min(1) });
/** A table whose rows follow. */
export type TableStart = Readonly<z.infer<typeof tableStart>>;

const tableEnd = z.strictObject({ rows: z.int().min(0), sha256: z.hex().length(64) });
/** How many rows a table had, and the digest of their text. */
export type TableEnd = Readonly<z.infer<typeof tableEnd>>;

const end = z.strictObject({ tables: z.int().min(0), sha256: z.hex().length(64) });

/**
 * One part of a backup.
 *
 * Shape: `header`, perhaps `keys` (a key file), then for each table `table`, any number of `data`
 * (the text format of COPY, ordered by primary key) and `tableEnd`, then `end`, which holds the
 * digest of everything before it.
 */
export type Frame =
  | { readonly kind: 'header'; readonly value: Header }
  | { readonly kind: 'keys'; readonly value: Buffer }
  | { readonly kind: 'table'; readonly value: TableStart }
  | { readonly kind: 'data'; readonly value: Buffer }
  | { readonly kind: 'tableEnd'; readonly value: TableEnd }
  | { readonly kind: 'end'; readonly value: Readonly<z.infer<typeof end>> };

const marks: Readonly<Record<Frame['kind'], string>> = {
  header: 'H',
  keys: 'K',
  table: 'T',
  data: 'D',
  tableEnd: 'E',
  end: 'Z',
};

/** Units: bytes; mark and length before the content, and what a content may have at most. */
export const prefixSize = 5;
const maxContentSize = 16 * 1024 * 1024;

/** Writes one part. Shape: mark (1 byte), length (4 bytes, big end first), content. */
export function encodeFrame(frame: Frame): Buffer {
  const content = Buffer.isBuffer(frame.value)
    ? frame.value
    : Buffer.from(JSON.stringify(frame.value), 'utf8');
  const prefix = Buffer.alloc(prefixSize);
  prefix.write(marks[frame.kind], 'latin1');
  prefix.writeUInt32BE(content.length, 1);
  return Buffer.concat([prefix, content]);
}

/** How long the content after a prefix is. Errors: `backup.damaged`. */
export function contentSize(prefix: Buffer): number {
  const size = prefix.readUInt32BE(1);
  if (size > maxContentSize) throw damaged('a part of it is longer than any part can be');
  return size;
}

/** Reads one part. Errors: `backup.damaged`. */
export function decodeFrame(prefix: Buffer, content: Buffer): Frame {
  switch (prefix.toString('latin1', 0, 1)) {
    case marks.header:
      return { kind: 'header', value: json(header, content) };
    case marks.keys:
      return { kind: 'keys', value: content };
    case marks.table:
      return { kind: 'table', value: json(tableStart, content) };
    case marks.data:
      return { kind: 'data', value: content };
    case marks.tableEnd:
      return { kind: 'tableEnd', value: json(tableEnd, content) };
    case marks.end:
      return { kind: 'end', value: json(end, content) };
    default:
      throw damaged('a part of it is of an unknown kind');
  }
}

/** The one error for a file that is no backup, or no longer. */
export function damaged(why: string, cause?: unknown): DomainError {
  return new DomainError('backup.damaged', `The backup cannot be used: ${why}.`, {}, { cause });
}

function json<T>(schema: z.ZodType<T>, content: Buffer): T {
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    throw damaged('a part of it does not have its form', cause);
  }
}
