import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../core/errors.js';

/** How a question is asked again. Units: ms; the wait doubles from `firstMs` to `mostMs`. */
export interface InsistOptions {
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onAgain?: ((error: DomainError) => void) | undefined;
  readonly firstMs?: number | undefined;
  readonly mostMs?: number | undefined;
}

const usualFirstMs = 250;
const usualMostMs = 2000;

/**
 * Asks until there is an answer: again where the same question may be answered later, such as by a
 * database that is away for a moment.
 *
 * Errors: a refusal; when the patience is over, or at an abort, why there was no answer.
 */
export async function insist<T>(ask: () => Promise<T>, options: InsistOptions): Promise<T> {
  const { patienceMs, signal, onAgain } = options;
  const { firstMs = usualFirstMs, mostMs = usualMostMs } = options;
  const untilMs = performance.now() + patienceMs;
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 2, mostMs)) {
    try {
      return await ask();
    } catch (error) {
      const isWorthAsking = error instanceof DomainError && error.entry.retryable;
      if (!isWorthAsking || signal.aborted || performance.now() + waitMs > untilMs) throw error;
      onAgain?.(error);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
