import { expect } from 'vitest';
import { catalogue } from '../../../src/core/error-catalogue.js';
import type { ErrorCode } from '../../../src/core/errors.js';

/** A refusal as it arrived, whichever client received it. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** What a stack trace, a file of the service or a statement would look like. */
const innards = /\bat .+:\d+:\d+|node_modules|\.[jt]s\b|\/src\/|SELECT |INSERT |QueryFailed|pg_/;

/** Checks that a refusal has the whole shape of RFC 9457 and of ours, and answers its body. */
export function expectProblem(
  { status, contentType, retryAfter, text }: Refusal,
  expected: { readonly status: number; readonly code: ErrorCode; readonly path?: string },
): Record<string, unknown> {
  const body = JSON.parse(text) as Record<string, unknown>;
  expect({ status, code: body['code'] }).toEqual({ status: expected.status, code: expected.code });
  const entry = catalogue[expected.code];
  expect(contentType).toMatch(/^application\/problem\+json\b/);
  const members = ['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'action'];
  const extra = [...(entry.retryable ? ['retryAfterMs'] : []), ...('data' in body ? ['data'] : [])];
  expect(Object.keys(body).sort()).toEqual([...members, ...extra].sort());
  expect(body).toMatchObject({
    type: `urn:triplemint:error:${expected.code}`,
    title: entry.title,
    status: expected.status,
    retryable: entry.retryable,
    action: entry.action,
  });
  expect(body['detail']).toMatch(/\S/);
  if (expected.path !== undefined) expect(body['instance']).toBe(expected.path);
  expect(retryAfter).toBe(entry.retryable ? '1' : null);
  expect(text).not.toMatch(innards);
  return body;
}
