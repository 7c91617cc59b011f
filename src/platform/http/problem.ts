import { catalogue } from '../../core/error-catalogue.js';
import type { ErrorKind } from '../../core/catalogue/entry.js';
import { DomainError } from '../../core/errors.js';
import type { ErrorCode } from '../../core/errors.js';

const statuses: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  invalid: 422,
  too_fast: 429,
  internal: 500,
  unavailable: 503,
};

/** A refusal as it goes out over HTTP. Source: RFC 9457, with our members after `instance`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly action: { readonly en: string; readonly zh: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Units: ms; how long a client waits before it repeats a retryable request. */
const retryAfterMs = 1000;

/** Turns any error into a problem; what is not ours becomes `internal` with no detail. */
export function toProblem(error: unknown, instance: string): Problem {
  const known = error instanceof DomainError ? error : new DomainError('internal', '');
  const entry = catalogue[known.code];
  return {
    type: `urn:triplemint:error:${known.code}`,
    title: entry.title,
    status: statuses[entry.kind],
    detail: known.detail || entry.title,
    instance,
    code: known.code,
    retryable: entry.retryable,
    ...(entry.retryable && { retryAfterMs }),
    action: entry.action,
    ...(Object.keys(known.data).length > 0 && { data: known.data }),
  };
}
