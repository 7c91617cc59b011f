import { adminKey } from './service.js';
import type { Answer } from './service.js';

/** A request that carries an idempotency key in the header. */
export interface Keyed {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** As it goes into the header. */
  readonly key: string;
  readonly apiKey?: string;
}

/** Sends requests with an idempotency key to a service. */
export type SendKeyed = <T = Record<string, unknown>>(request: Keyed) => Promise<Answer<T>>;

/** Answers a function that sends requests with an idempotency key under a base URL. */
export function keyedCaller(base: string): SendKeyed {
  return async ({ method, path, body, key, apiKey = adminKey }) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'idempotency-key': key,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const parsed = (isJson ? JSON.parse(text) : undefined) as never;
    return { status: response.status, headers: response.headers, text, body: parsed };
  };
}

/** Whether an answer is marked as given before. */
export function isReplay({ headers }: Pick<Answer<unknown>, 'headers'>): boolean {
  return headers.get('idempotent-replayed') === 'true';
}
