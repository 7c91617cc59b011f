import { DomainError } from '../core/errors.js';

/** How long the agent waits, and how often it asks again. Units: milliseconds. */
export interface Patience {
  /** The wait after the first try; it doubles up to `mostMs`. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** How long a claim is asked for. */
  readonly claimMs: number;
  /** How long a slot waits for the answer to its confirm before it counts as waiting. */
  readonly confirmMs: number;
  /** How long the end of a run, or of the agent, waits for results under way. */
  readonly endMs: number;
}

/** What holds unless told otherwise. */
export const defaultPatience: Patience = {
  firstMs: 250,
  mostMs: 10_000,
  claimMs: 20_000,
  confirmMs: 10_000,
  endMs: 5_000,
};

/** Whether the same request may succeed later: no answer, one that cannot be read, 429, 503. */
export function isWorthRepeating(error: unknown): boolean {
  return !(error instanceof DomainError) || error.entry.retryable;
}

/**
 * How long to wait after a try that failed.
 *
 * Shape: `tries` counts from 1; `chance` from 0 to 1 keeps benches that lost one link from coming
 * back in step. What the service asks for (`Retry-After`) is the least. Units: milliseconds.
 */
export function waitMs(patience: Patience, tries: number, error: unknown, chance: number): number {
  const { firstMs, mostMs } = patience;
  const grown = Math.min(firstMs * 2 ** Math.min(tries - 1, 20), mostMs);
  const asked = error instanceof DomainError ? error.data['retryAfterMs'] : undefined;
  return Math.max(grown * (0.75 + chance / 4), typeof asked === 'number' ? asked : 0);
}

/** Names an error in one line, without a stack. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  return error instanceof Error ? error.message : 'no answer';
}

/** Whether an error is what the service says of a claim; what else it is may be put right meanwhile. */
export function isOfClaim(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code.startsWith('claim.');
}

/** What is wrong with the link, if anything is: what the service says of a claim is an answer. */
export function linkTrouble(error: unknown): string | undefined {
  return error === undefined || isOfClaim(error) ? undefined : reasonOf(error);
}
