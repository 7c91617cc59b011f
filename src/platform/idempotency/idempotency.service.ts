import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors.js';
import { Database } from '../database/database.js';
import { sqlStateOf } from '../database/pg-errors.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';
import { IdempotencyStore } from './idempotency.store.js';
import type { KeptRequest, KeyedRequest } from './idempotency.store.js';
import { keepAnswer, restoreAnswer } from './kept-answer.js';
import { SecretSources, shownIn } from './shown-secrets.js';

/** Source: PostgreSQL 18 manual, Appendix A: lock_not_available, also after lock_timeout. */
const lockNotAvailable = '55P03';

/** An answer as it goes out. Shape: `body` is JSON text, null when there is none. */
export interface Answer {
  readonly status: number;
  readonly body: string | null;
}

/** An answer, and whether the work was done before. */
export interface GivenAnswer extends Answer {
  readonly isReplayed: boolean;
}

/**
 * Does a request that carries a key once, however often it comes (DESIGN rule 4).
 *
 * Shape: key, work and answer are one transaction. So a request is done and known, or neither: one
 * that was refused or whose process died has left nothing, and its repeat is a first try.
 */
@Injectable()
export class Idempotency {
  constructor(
    private readonly database: Database,
    private readonly store: IdempotencyStore,
    private readonly secrets: SecretSources,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Runs the work under the key, or answers what it answered the first time.
   *
   * Shape: the work and all it calls join one transaction; it throws to have nothing done.
   * Errors: `idempotency.in_progress`, `idempotency.key_reused`, `idempotency.shown_once`; what the
   * work throws; `database.away`.
   */
  async once(request: KeyedRequest, work: () => Promise<Answer>): Promise<GivenAnswer> {
    return await this.database.asOne(
      async (tx) => {
        const before = await this.store.take(tx, request).catch(refuseBusy);
        if (before) return await this.#again(request, before);
        const answer = await work();
        const kept = keepAnswer(answer.body, shownIn(tx));
        await this.store.keep(tx, request, { ...kept, status: answer.status });
        return { ...answer, isReplayed: false };
      },
      (error) => {
        this.log.warn({ err: error }, 'idempotency.after_commit_failed');
      },
    );
  }

  async #again(request: KeyedRequest, kept: KeptRequest): Promise<GivenAnswer> {
    if (!kept.fingerprint.equals(request.fingerprint)) {
      throw new DomainError('idempotency.key_reused', '');
    }
    const body = await restoreAnswer(kept, (one) => this.secrets.again(one));
    if (body === undefined) throw new DomainError('idempotency.shown_once', '');
    return { status: kept.status, body, isReplayed: true };
  }
}

function refuseBusy(error: unknown): never {
  if (sqlStateOf(error) !== lockNotAvailable) throw error;
  throw new DomainError('idempotency.in_progress', '', {}, { cause: error });
}
