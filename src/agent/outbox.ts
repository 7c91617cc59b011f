import { randomUUID } from 'node:crypto';
import { DomainError } from '../core/errors.js';
import type { Answer } from '../jig/gatherer.js';
import type { Journal } from './journal.js';
import type { ResultEntry } from './journal-entry.js';
import { isOfClaim, linkTrouble, waitMs } from './patience.js';
import type { Patience } from './patience.js';
import { nextBatch } from './tell-results.js';
import type { Batch } from './tell-results.js';

/** Where the outbox stands. Shape: `trouble` says what is wrong with the link, if anything is. */
export interface OutboxState {
  readonly waiting: number;
  readonly trouble: string | undefined;
}

/** What an outbox works with. Shape: `send` tells results to the service, and answers for each. */
export interface OutboxParts {
  readonly journal: Journal;
  readonly patience: Patience;
  readonly send: (batch: Batch) => Promise<readonly Answer<undefined>[]>;
  readonly onState: (state: OutboxState) => void;
  /** Hears of a result that the service will never take. */
  readonly onRefused: (result: ResultEntry, refusal: DomainError) => void;
}

/** Brings results to the service in their order, each until it is answered; they are in the journal. */
export class Outbox {
  private queue: ResultEntry[];
  private readonly refusals = new Map<string, DomainError>();
  /** What was sent and is not answered: it goes out again as it was, whatever is added meanwhile. */
  private unanswered: Batch | undefined;
  private trouble: unknown;
  private tries = 0;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;
  private attempt: Promise<void> | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly parts: OutboxParts) {
    this.queue = [...parts.journal.found.waiting];
  }

  get state(): OutboxState {
    return { waiting: this.queue.length, trouble: linkTrouble(this.trouble) };
  }

  /** Whether a result of this claim has not been answered yet. */
  isWaiting(claimId: string): boolean {
    return this.queue.some((result) => result.claimId === claimId);
  }

  /** Takes results: when this is kept, they are on the disk. Errors: those of the file system. */
  async add(...results: readonly ResultEntry[]): Promise<void> {
    await this.parts.journal.append(...results);
    this.queue.push(...results);
    void this.sendNow();
  }

  /**
   * Waits for the answer to a result, but not for ever: true when it was taken, false when it waits.
   *
   * Errors: what it was refused with.
   */
  async answered(requestId: string, patienceMs: number): Promise<boolean> {
    const isDone = await this.until(() => !this.holds(requestId), patienceMs);
    const refusal = this.refusals.get(requestId);
    this.refusals.delete(requestId);
    if (refusal) throw refusal;
    return isDone;
  }

  /** Sends all there is. Errors: why it could not. */
  async flush(): Promise<void> {
    while (this.queue.length > 0) {
      if (this.isClosed) throw new DomainError('remote.unreachable', 'The agent ends.');
      await this.sendNow();
      if (this.trouble !== undefined) throw this.trouble as Error;
    }
  }

  /** Waits until nothing is left to send, but not for ever. Units: milliseconds. */
  async drained(patienceMs: number): Promise<boolean> {
    void this.sendNow();
    return await this.until(() => this.queue.length === 0, patienceMs);
  }

  /** Waits until nothing is left to send, or the link is away, but not for ever. Units: milliseconds. */
  async settled(patienceMs: number): Promise<void> {
    await this.until(() => this.queue.length === 0 || this.state.trouble !== undefined, patienceMs);
  }

  /** Sends no more; what is left stays in the journal. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.attempt;
  }

  private holds(requestId: string): boolean {
    return this.queue.some((result) => result.requestId === requestId);
  }

  /** One try at a time; whoever asks meanwhile waits for the one under way. */
  private sendNow(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.attempt ??= this.sendAll().finally(() => {
      this.attempt = undefined;
      this.wake();
    });
    return this.attempt;
  }

  private async sendAll(): Promise<void> {
    clearTimeout(this.timer);
    while (this.queue.length > 0 && !this.isClosed) {
      try {
        await this.sendNext();
      } catch (error) {
        this.trouble = error;
        this.tries += 1;
        this.later(error);
        break;
      }
    }
    this.parts.onState(this.state);
  }

  /** Errors: why there is no answer yet, or none that ends every result. */
  private async sendNext(): Promise<void> {
    const batch = this.unanswered ?? nextBatch(this.queue, randomUUID);
    if (batch === undefined) return;
    this.unanswered = batch;
    const answers = await this.parts.send(batch);
    this.unanswered = undefined;
    const ends = batch.results.map((result, index) => endOf(result, answers[index]));
    await this.settle(ends.filter(({ isEnded }) => isEnded));
    const open = ends.find(({ isEnded }) => !isEnded);
    if (open) throw open.error;
    this.trouble = undefined;
    this.tries = 0;
  }

  private async settle(ends: readonly ResultEnd[]): Promise<void> {
    const ids = new Set(ends.map(({ result }) => result.requestId));
    await this.parts.journal.settle([...ids]);
    this.queue = this.queue.filter(({ requestId }) => !ids.has(requestId));
    for (const { result, error } of ends) {
      if (!isFinal(error, result)) continue;
      this.refusals.set(result.requestId, error);
      this.parts.onRefused(result, error);
    }
    this.wake();
  }

  private later(error: unknown): void {
    if (this.isClosed) return;
    const ms = waitMs(this.parts.patience, this.tries, error, Math.random());
    this.timer = setTimeout(() => void this.sendNow(), ms).unref();
  }

  private wake(): void {
    for (const watch of [...this.watchers]) watch();
  }

  private async until(isTrue: () => boolean, patienceMs: number): Promise<boolean> {
    if (isTrue()) return true;
    return await new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.watchers.delete(watch);
        resolve(isTrue());
      };
      const watch = (): void => {
        if (isTrue()) end();
      };
      const timer = setTimeout(end, patienceMs);
      this.watchers.add(watch);
    });
  }
}

/** What an answer makes of a result. Shape: `error` is why it was refused, or why it is still open. */
interface ResultEnd {
  readonly result: ResultEntry;
  readonly isEnded: boolean;
  readonly error: unknown;
}

function endOf(result: ResultEntry, answer: Answer<undefined> | undefined): ResultEnd {
  if (answer?.ok) return { result, isEnded: true, error: undefined };
  const error = answer?.error ?? new Error('an answer is missing');
  return { result, isEnded: isFinal(error, result), error };
}

/** Units: ms after which a login that the service has not heard of was none of this device. */
const loginSeenMs = 5_000;

/** Only what is said of the claim itself ends a result: a wrong key or a proxy may be put right. */
function isFinal(error: unknown, { at }: ResultEntry): error is DomainError {
  if (!isOfClaim(error)) return false;
  const isLate = Date.now() - Date.parse(at) > loginSeenMs;
  return !error.entry.retryable || (error.code === 'claim.no_login' && isLate);
}
