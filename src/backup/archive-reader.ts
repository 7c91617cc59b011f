import { createHash } from 'node:crypto';
import { contentSize, damaged, decodeFrame, prefixSize } from './archive-format.js';
import type { Frame, Header, TableEnd, TableStart } from './archive-format.js';

/** Takes what a backup holds, in its order. Left out: what nobody wants. */
export interface ArchiveSink {
  header?(header: Header): Promise<void> | void;
  keys?(keyFile: Buffer): void;
  /** Takes the rows of a table to their end. Left out: they are only checked. */
  table?(table: TableStart, data: AsyncIterable<Buffer>): Promise<void>;
  /** Called after the rows of a table held what the backup says of them. */
  tableEnd?(table: TableStart, end: TableEnd): Promise<void> | void;
}

/**
 * Reads a backup to its end and checks all that it says of itself.
 *
 * Units: memory of one part, at most 16 MiB.
 * Errors: `backup.damaged`, also for one that was cut off; what the sink throws.
 */
export async function readArchive(
  bytes: AsyncIterable<Uint8Array>,
  sink: ArchiveSink,
): Promise<void> {
  const frames = framesOf(bytes);
  const first = await frames.next();
  if (first.done === true || first.value.kind !== 'header')
    throw damaged('it does not begin as one');
  await sink.header?.(first.value.value);
  let tables = 0;
  let isWhole = false;
  for await (const frame of frames) {
    if (frame.kind === 'keys') sink.keys?.(frame.value);
    else if (frame.kind === 'table') {
      await readTable(frame.value, frames, sink);
      tables += 1;
    } else if (frame.kind === 'end') {
      if (frame.value.tables !== tables) throw damaged('tables are missing');
      isWhole = true;
    } else throw damaged('its parts are not in order');
  }
  if (!isWhole) throw damaged('it was cut off');
}

async function readTable(
  table: TableStart,
  frames: AsyncGenerator<Frame>,
  sink: ArchiveSink,
): Promise<void> {
  const digest = createHash('sha256');
  let end: TableEnd | undefined;
  let rows = 0;
  async function* data(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = await frames.next();
      if (next.done === true) throw damaged('it was cut off');
      if (next.value.kind === 'tableEnd') {
        end = next.value.value;
        return;
      }
      if (next.value.kind !== 'data') throw damaged('its parts are not in order');
      digest.update(next.value.value);
      rows += countLines(next.value.value);
      yield next.value.value;
    }
  }
  if (sink.table) await sink.table(table, data());
  else await drain(data());
  if (end?.rows !== rows || end.sha256 !== digest.digest('hex')) {
    throw damaged(`the rows of ${table.name} are not those that were backed up`);
  }
  await sink.tableEnd?.(table, end);
}

async function drain(data: AsyncGenerator<Buffer>): Promise<void> {
  while ((await data.next()).done !== true);
}

/** Rows in the text format of COPY: a line break inside a value is written as two characters. */
export function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

/** Cuts bytes into parts; the last one holds the digest of all before it. */
async function* framesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const digest = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  let wanted = prefixSize;
  let isEnded = false;
  for await (const chunk of bytes) {
    if (isEnded && chunk.length > 0) throw damaged('something follows its end');
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.length >= wanted) {
      if (isEnded) throw damaged('something follows its end');
      const prefix = held.subarray(0, prefixSize);
      wanted = prefixSize + contentSize(prefix);
      if (held.length < wanted) break;
      const frame = decodeFrame(prefix, held.subarray(prefixSize, wanted));
      if (frame.kind === 'end') {
        if (frame.value.sha256 !== digest.digest('hex')) throw damaged('it was changed');
        isEnded = true;
      } else digest.update(held.subarray(0, wanted));
      held = held.subarray(wanted);
      wanted = prefixSize;
      yield frame;
    }
  }
  if (held.length > 0) throw damaged('it was cut off');
}
