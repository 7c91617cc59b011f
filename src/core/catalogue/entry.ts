/**
 * What kind of refusal an error is; each edge translates a kind into its own language.
 *
 * Shape: HTTP status in `platform/http/problem.ts`, vendor envelope and CONNACK in
 * `registration/protocols`, exit code on the command line.
 */
export const errorKinds = [
  'malformed',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'gone',
  'too_large',
  'invalid',
  'too_fast',
  'internal',
  'unavailable',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** One entry of the catalogue: what went wrong, whether a repeat may help, and what to do. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly title: string;
  readonly retryable: boolean;
  readonly action: { readonly en: string; readonly zh: string };
}

/** The same request can never succeed. */
export const once = { retryable: false } as const;
/** The same request may succeed later. */
export const again = { retryable: true } as const;
