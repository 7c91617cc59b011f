import { adminKey } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import type { ShownOrder } from '../support/orders.js';
import { waitUntilMinted } from '../support/orders.js';

/** A file as it is sent: as a whole, or in pieces. */
export type SentFile = string | Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array<ArrayBuffer>>;

/** What is wrong with a list, as it is answered. */
export interface RowsRefused {
  readonly code: string;
  readonly data: {
    readonly orderId: string;
    readonly rows: number;
    readonly errors: number;
    readonly first: readonly object[];
  };
}

/** Sends a file as `text/csv`. */
export async function upload<T = Record<string, unknown>>(
  { service }: TestService,
  path: string,
  file: SentFile,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  const isStream = typeof file !== 'string' && !(file instanceof Uint8Array);
  const response = await fetch(service.urls.http + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'text/csv', ...headers },
    body: isStream ? ReadableStream.from<Uint8Array<ArrayBuffer>>(file) : file,
    ...(isStream && { duplex: 'half' }),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const body = (isJson ? JSON.parse(text) : undefined) as never;
  return { status: response.status, headers: response.headers, text, body };
}

/** Sends a file that is taken, and waits until its order is minted. */
export async function minted(
  service: TestService,
  path: string,
  file: SentFile,
): Promise<ShownOrder> {
  const { body, text } = await upload<ShownOrder>(service, path, file);
  if (!body.orderId) throw new Error(`no order: ${text}`);
  return await waitUntilMinted(service, body.orderId);
}

/** The path to which lists of names go. */
export function ordersOf(productKey: string): string {
  return `/api/v1/products/${productKey}/orders`;
}

/** The path to which triples go. */
export function importsOf(productKey: string): string {
  return `/api/v1/products/${productKey}/imports`;
}

/** The error file of an order, without its header. Shape: `line,column,value,code`. */
export async function errorLines({ call }: TestService, orderId: string): Promise<string[]> {
  const { text } = await call('GET', `/api/v1/orders/${orderId}/errors.csv`);
  const [, ...lines] = text.trimEnd().split('\n');
  return lines.map((line) => line.split(',').slice(0, 4).join(','));
}
