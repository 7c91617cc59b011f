import type { Answer, TestService } from '../support/service.js';

type Fields = Readonly<Record<string, unknown>>;

/** A page of traces, or a problem, as it is answered. */
export interface TracePage {
  readonly matchedBy: string;
  readonly items: readonly {
    readonly unit: Fields | null;
    readonly device: Fields;
    readonly claim: (Fields & { readonly claimId: string }) | null;
    readonly attempts: readonly Fields[];
    readonly runs: readonly Fields[];
  }[];
  readonly runsWithoutClaim: readonly Fields[];
  readonly nextCursor: string | null;
  readonly code?: string;
  readonly data?: { readonly tried?: readonly string[] };
}

/** The two ways to trace a unit; with the admin key unless another is given. */
export function tracer({ call }: Pick<TestService, 'call'>): {
  trace(identity: string, key?: string): Promise<Answer<TracePage>>;
  ask(query: string, key?: string): Promise<Answer<TracePage>>;
} {
  return {
    trace: (identity, key) =>
      call('GET', `/api/v1/units/${encodeURIComponent(identity)}`, undefined, key),
    ask: (query, key) => call('GET', `/api/v1/units?${query}`, undefined, key),
  };
}
