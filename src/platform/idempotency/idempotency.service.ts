import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors.js';
import { Database } from '../database/database.js';
import { sqlStateOf } from '../database/pg-errors.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';
import { sha256 } from './fingerprint.js';
import { IdempotencyStore } from './idempotency.store.js';
import type { KeptRequest, KeyedRequest } from './idempotency.store.js';
import { SecretAnswers, referenceOf } from './secret-answers.js';
import type { KeptReference } from './secret-answers.js';

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
    private readonly answers: SecretAnswers,
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
        const kept = await this.store.take(tx, request).catch(refuseBusy);
        if (kept) return { ...(await this.#again(request, kept)), isReplayed: true };
        const answer = await work();
        await this.store.keep(tx, request, keptOf(request, answer, referenceOf(tx)));
        return { ...answer, isReplayed: false };
      },
      (error) => {
        this.log.warn({ err: error }, 'idempotency.after_commit_failed');
      },
    );
  }

  async #again(request: KeyedRequest, kept: KeptRequest): Promise<Answer> {
    if (!kept.fingerprint.equals(request.fingerprint)) {
      throw new DomainError('idempotency.key_reused', '');
    }
    const { status, body, digest, reference } = kept;
    if (!digest) return { status, body };
    const held = reference === null ? null : (JSON.parse(reference) as KeptReference);
    for (const built of await this.answers.rebuild(held)) {
      const text = JSON.stringify(built);
      if (sha256(text).equals(digest)) return { status, body: text };
    }
    throw new DomainError('idempotency.shown_once', '');
  }
}

function keptOf(
  { fingerprint }: KeyedRequest,
  { status, body }: Answer,
  reference: KeptReference | undefined,
): KeptRequest {
  if (reference === undefined) return { fingerprint, status, body, reference: null, digest: null };
  const text = reference && JSON.stringify(reference);
  return { fingerprint, status, body: null, reference: text, digest: sha256(body ?? '') };
}

function refuseBusy(error: unknown): never {
  if (sqlStateOf(error) !== lockNotAvailable) throw error;
  throw new DomainError('idempotency.in_progress', '', {}, { cause: error });
}
