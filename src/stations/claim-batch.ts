import { DomainError } from '../core/errors.js';
import { inSavepoint } from '../platform/database/transaction.js';
import type { Tx } from '../platform/database/transaction.js';

/** One outcome of a batch: its value, or why this one was refused. */
export type BatchResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DomainError };

/** Trouble that is not of one item but of all. */
const troubles: readonly string[] = ['unavailable', 'internal'];

/**
 * Reads an outcome as one of a batch.
 *
 * Errors: trouble on our side is not the refusal of an item; it fails the whole batch, which the
 * caller may then repeat.
 */
export function resultOf<T>(settled: PromiseSettledResult<T>): BatchResult<T> {
  if (settled.status === 'fulfilled') return { ok: true, value: settled.value };
  const error: unknown = settled.reason;
  if (!(error instanceof DomainError) || troubles.includes(error.entry.kind)) throw error;
  return { ok: false, error };
}

/**
 * Runs what is asked and not yet refused, and answers an outcome for everything that was asked.
 *
 * Shape: outcomes in the order of what was asked. Errors: as `resultOf`.
 */
export async function runAccepted<A, B>(
  asked: readonly BatchResult<A>[],
  run: (accepted: readonly A[]) => Promise<readonly PromiseSettledResult<B>[]>,
): Promise<BatchResult<B>[]> {
  const accepted = asked.flatMap((one) => (one.ok ? [one.value] : []));
  const settled = accepted.length > 0 ? await run(accepted) : [];
  const outcomes = settled.map(resultOf).values();
  return asked.map((one) => {
    const outcome = one.ok ? outcomes.next().value : one;
    if (!outcome) throw new DomainError('internal', 'A batch lost count of its items.');
    return outcome;
  });
}

/** The outcome of a batch of one. Errors: why it was refused. */
export function only<T>([settled]: readonly PromiseSettledResult<T>[]): T {
  if (settled?.status === 'fulfilled') return settled.value;
  throw settled?.reason ?? new DomainError('internal', 'A batch of one has no outcome.');
}

/** Thrown to undo a batch of which one was refused; never leaves this file. */
class Refused<T> extends Error {
  constructor(readonly results: BatchResult<T>[]) {
    super();
  }
}

/**
 * Runs a batch as a part of a transaction that is undone where one of its items is refused.
 *
 * Errors, in an outcome: why it was refused, and `claim.batch_incomplete` for those that were not.
 */
export async function allOrNone<T>(
  tx: Tx,
  work: () => Promise<BatchResult<T>[]>,
): Promise<BatchResult<T>[]> {
  try {
    return await inSavepoint(tx, async () => {
      const results = await work();
      if (results.some(({ ok }) => !ok)) throw new Refused(results);
      return results;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return withoutGrants((error as Refused<T>).results);
  }
}

function withoutGrants<T>(results: readonly BatchResult<T>[]): BatchResult<T>[] {
  const codes = results.flatMap((one) => (one.ok ? [] : [one.error.code]));
  const refused = [...new Set(codes)].join(', ');
  const detail = `${codes.length} of ${results.length} units were refused (${refused}).`;
  const error = new DomainError('claim.batch_incomplete', detail);
  return results.map((one) => (one.ok ? { ok: false, error } : one));
}

/** Thrown to undo a try; never leaves this file. */
class NotWhole extends Error {}

/**
 * Runs work in a part of a transaction that is undone and run again until it is whole.
 *
 * Shape: `work` answers undefined where others were faster with something it needs; so does this
 * after `maxTries`. `isOvertaken` tells errors that mean the same.
 */
export async function untilWhole<T>(
  tx: Tx,
  maxTries: number,
  work: () => Promise<T | undefined>,
  isOvertaken: (error: unknown) => boolean = () => false,
): Promise<T | undefined> {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    try {
      return await inSavepoint(tx, async () => {
        const result = await work();
        if (result === undefined) throw new NotWhole();
        return result;
      });
    } catch (error) {
      if (!(error instanceof NotWhole) && !isOvertaken(error)) throw error;
    }
  }
  return undefined;
}
