import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../core/errors.js';
import { poll } from './api-client.js';
import type { Api } from './api-client.js';
import { LineCounter } from './line-counter.js';
import { ProgressLine } from './progress.js';
import { assertFree, newFile } from './whole-file.js';
import type { WholeFile } from './whole-file.js';

/** What file is wanted. Shape: absent, `output` is the name that the service gives it. */
export interface FileWish {
  readonly order: string;
  readonly format: string;
  readonly cells: string;
  readonly recipients: readonly string[];
  readonly output: string | undefined;
  readonly isForced: boolean;
}

/** An export as far as this command looks at it. */
interface ShownExport {
  readonly state: 'running' | 'complete' | 'broken_off';
  readonly given: number;
  readonly expected: number;
}

/** Units: ms between two looks at how far the service is. */
const lookEveryMs = 1_000;

/**
 * Exports an order into a file that appears only when it is whole.
 *
 * Shape: the count of what the service gave out is the count that it told; lines are counted here as
 * well, where they can be seen. Told on standard output: the file, its triples, its size.
 * Errors: `file.exists`, `file.unwritable`, `export.broken_off`; those of the API.
 */
export async function exportToFile(api: Api, wish: FileWish): Promise<void> {
  const { order, format, recipients, isForced } = wish;
  const path = wish.output ?? `${order}.${format}${recipients.length > 0 ? '.age' : ''}`;
  await assertFree(path, isForced);
  const file = await newFile(path, isForced);
  const interrupted = onInterrupt();
  try {
    const { given, sizeBytes, seconds } = await fetchInto(
      file,
      api,
      path,
      wish,
      interrupted.signal,
    );
    await file.place();
    const size = `${(sizeBytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s`;
    process.stdout.write(`${path}: ${given.toLocaleString('en')} triples, ${size}\n`);
  } finally {
    interrupted.forget();
    await file.remove();
  }
}

async function fetchInto(
  { stream }: WholeFile,
  api: Api,
  path: string,
  wish: FileWish,
  signal: AbortSignal,
): Promise<{ readonly given: number; readonly sizeBytes: number; readonly seconds: number }> {
  const { order, format, recipients } = wish;
  const reply = await api.open('GET', `/orders/${order}/triples?${queryOf(wish)}`);
  const lookAt = `/orders/${order}/exports/${String(reply.headers['triplemint-export'])}`;
  const progress = new ProgressLine(path);
  const watch = watchExport(api, lookAt, progress);
  try {
    const lines = new LineCounter();
    await received(reply, lines, stream, signal);
    const given = await givenCount(api, lookAt);
    const came = lines.count - (format === 'csv' ? 1 : 0);
    // Neither a workbook nor an encrypted file shows its lines.
    if (format !== 'xlsx' && recipients.length === 0 && came !== given) {
      throw new DomainError('export.broken_off', `${came} of ${given} triples came.`);
    }
    return { given, sizeBytes: lines.sizeBytes, seconds: progress.seconds };
  } finally {
    watch.end();
  }
}

function queryOf({ format, cells, recipients }: FileWish): string {
  const query = new URLSearchParams({ format, cells });
  for (const recipient of recipients) query.append('recipient', recipient);
  return query.toString();
}

async function received(
  reply: IncomingMessage,
  lines: LineCounter,
  file: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pipeline(reply, lines, file, { signal });
  } catch (cause) {
    if (reply.errored === null && !signal.aborted) {
      const detail = `${(cause as NodeJS.ErrnoException).code ?? 'unknown'} while writing.`;
      throw new DomainError('file.unwritable', detail, {}, { cause });
    }
    const why = signal.aborted ? 'It was interrupted' : 'The service ended the connection';
    throw new DomainError('export.broken_off', `${why}.`, {}, { cause });
  }
}

/** How many triples the service says it gave. Errors: `export.broken_off`. */
async function givenCount(api: Api, path: string): Promise<number> {
  const ended = await poll(
    () => api.get<ShownExport>(path),
    ({ state }) => state !== 'running',
  );
  if (ended.state === 'complete') return ended.given;
  throw new DomainError('export.broken_off', `The service gave ${ended.given} triples only.`);
}

function watchExport(api: Api, path: string, progress: ProgressLine): { end(): void } {
  let isOver = false;
  const look = async (): Promise<void> => {
    const { given, expected } = await api.get<ShownExport>(path);
    if (!isOver) progress.tell({ count: given, of: expected });
  };
  const timer = setInterval(() => {
    // Trouble shows in the file itself.
    look().catch(() => undefined);
  }, lookEveryMs);
  return {
    end: () => {
      isOver = true;
      clearInterval(timer);
      progress.end();
    },
  };
}

function onInterrupt(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  process.once('SIGINT', abort).once('SIGTERM', abort);
  return {
    signal: controller.signal,
    forget: () => {
      process.removeListener('SIGINT', abort).removeListener('SIGTERM', abort);
    },
  };
}
