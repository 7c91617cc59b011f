import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { DomainError } from '../core/errors.js';
import type { Api } from './api-client.js';
import { LineCounter } from './line-counter.js';
import { watch } from './orders-remote.js';
import { ProgressLine } from './progress.js';
import { assertFree, newFile } from './whole-file.js';

/** The terms of an order whose list is a file, as flags of a command. */
export interface ListWish {
  readonly provisioning?: string;
  readonly quota?: number;
  readonly expiresAt?: string;
  readonly station?: readonly string[];
  readonly note?: string;
  readonly errors?: string;
  readonly watch: boolean;
}

/** Units: ms between two looks at how much is sent. */
const lookEveryMs = 250;

/**
 * Sends a list of devices as a file and prints the id of its order.
 *
 * Shape: `to` is the end of the path, behind the product. When rows are wrong, all that is wrong with
 * them is written into a file, which is told on standard error.
 * Errors: `file.unreadable`, `file.exists`, `file.unwritable`; those of the API.
 */
export async function uploadList(
  api: Api,
  to: 'orders' | 'imports',
  productKey: string,
  path: string,
  wish: ListWish,
): Promise<boolean> {
  const query = queryOf(wish);
  const address = `/products/${encodeURIComponent(productKey)}/${to}${query && `?${query}`}`;
  if (wish.errors !== undefined) await assertFree(wish.errors, false);
  try {
    const { orderId } = await send<{ readonly orderId: string }>(api, address, path);
    process.stdout.write(`${orderId}\n`);
    return wish.watch ? await watch(api, orderId) : true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'order.rows_refused') {
      await saveErrors(api, String(error.data['orderId']), wish.errors);
    }
    throw error;
  }
}

async function send<T>(api: Api, address: string, path: string): Promise<T> {
  const file = createReadStream(path);
  await once(file, 'open').catch(unreadable(path));
  const lines = new LineCounter();
  pipeline(file, lines, () => undefined);
  const progress = new ProgressLine(path);
  const timer = setInterval(() => {
    progress.tell({ count: lines.count });
  }, lookEveryMs);
  try {
    return await api.upload<T>(address, lines);
  } catch (error) {
    if (file.errored) unreadable(path)(file.errored);
    throw error;
  } finally {
    clearInterval(timer);
    progress.end();
    file.destroy();
  }
}

function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const detail = code === 'EISDIR' ? `${path} is a directory.` : `${path}: ${code}`;
    throw new DomainError('file.unreadable', detail, {}, { cause });
  };
}

async function saveErrors(
  api: Api,
  orderId: string,
  path = `${orderId}-errors.csv`,
): Promise<void> {
  const reply = await api.open('GET', `/orders/${orderId}/errors.csv`);
  const file = await newFile(path, false);
  try {
    await finished(reply, file.stream);
    await file.place();
    process.stderr.write(`${path}: what is wrong with the rows\n`);
  } finally {
    await file.remove();
  }
}

function queryOf({ provisioning, quota, expiresAt, station, note }: ListWish): string {
  const query = new URLSearchParams();
  if (provisioning !== undefined) query.set('provisioning', provisioning);
  if (quota !== undefined) query.set('quota', String(quota));
  if (expiresAt !== undefined) query.set('expiresAt', expiresAt);
  if (note !== undefined) query.set('note', note);
  for (const one of station ?? []) query.append('stations', one);
  return query.toString();
}
