import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../../core/errors.js';
import { Database } from '../database/database.js';
import { afterCommit } from '../database/joined-transaction.js';
import { rows } from '../database/query.js';
import type { Tx } from '../database/transaction.js';
import { LOGGER } from '../logger.js';
import type { Logger } from '../logger.js';

/** Long work in chunks; each chunk is one transaction that moves its own cursor. */
export interface JobKind {
  readonly name: string;
  /** The number that keeps locks of different kinds apart. */
  readonly lockSpace: number;
  /** Lists the ids of the work that waits, oldest first. */
  pending(tx: Tx): Promise<readonly number[]>;
  /** Does the next chunk of one; it is a no-op when another process has finished it meanwhile. */
  chunk(tx: Tx, id: number): Promise<void>;
  /** Ends work that can never succeed, in a transaction of its own; false when it may be tried again. */
  giveUp(tx: Tx, id: number, error: unknown): Promise<boolean>;
}

/** Units: ms; how soon work that another process left behind is taken over. */
const lookEveryMs = 3000;

/**
 * Runs jobs chunk by chunk and takes over those that a dead process left.
 *
 * Shape: a chunk holds a transaction-level advisory lock, so two processes never do the same one
 * and a killed process leaves nothing behind that another must wait for.
 */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #kinds: JobKind[] = [];
  #isStopped = false;
  #isWoken = false;
  #loop: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  register(kind: JobKind): void {
    this.#kinds.push(kind);
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.wake();
    }, lookEveryMs).unref();
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#loop;
  }

  /** Says that there may be work, after the deed that made it. */
  wake(): void {
    void afterCommit(() => {
      this.#wakeNow();
    });
  }

  #wakeNow(): void {
    this.#isWoken = true;
    this.#loop ??= this.#work().finally(() => {
      this.#loop = undefined;
      if (this.#isWoken && !this.#isStopped) this.#wakeNow();
    });
  }

  /** Waits for the chunk that is being done, and lets no other begin before the transaction ends. */
  async keepFrom(tx: Tx, { lockSpace }: JobKind, id: number): Promise<void> {
    await rows(tx, 'SELECT pg_advisory_xact_lock($1, $2)', [lockSpace, id]);
  }

  async #work(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      for (const kind of this.#kinds) await this.#workOn(kind);
    }
  }

  /** Work that fails and cannot be given up stands aside until the next look. */
  async #workOn(kind: JobKind): Promise<void> {
    const aside = new Set<number>();
    try {
      let done = 1;
      while (done > 0 && !this.#isStopped) {
        const pending = await kind.pending(this.database.single);
        const ids = pending.filter((id) => !aside.has(id));
        done = await this.#chunksOf(kind, ids, aside);
      }
    } catch (error) {
      this.log.warn({ err: error, job: kind.name }, 'job.interrupted');
    }
  }

  /** One chunk of each, in turn, so that a small order does not wait for a large one. */
  async #chunksOf(kind: JobKind, ids: readonly number[], aside: Set<number>): Promise<number> {
    let done = 0;
    for (const id of ids) {
      if (this.#isStopped) break;
      try {
        if (await this.#chunk(kind, id)) done += 1;
      } catch (error) {
        if (await this.#giveUp(kind, id, error)) done += 1;
        else aside.add(id);
      }
    }
    return done;
  }

  /** Answers false when another process is at it. */
  async #chunk(kind: JobKind, id: number): Promise<boolean> {
    const isDone = await this.#locked(kind, id, async (tx) => {
      await kind.chunk(tx, id);
      return true;
    });
    return isDone ?? false;
  }

  /** Errors: `database.away`, which concerns all work and not this one. */
  async #giveUp(kind: JobKind, id: number, error: unknown): Promise<boolean> {
    try {
      const isGivenUp = await this.#locked(kind, id, (tx) => kind.giveUp(tx, id, error));
      if (!isGivenUp) this.log.warn({ err: error, job: kind.name, id }, 'job.failed');
      return isGivenUp ?? false;
    } catch (cause) {
      if (cause instanceof DomainError && cause.code === 'database.away') throw cause;
      this.log.warn({ err: cause, job: kind.name, id }, 'job.not_given_up');
      return false;
    }
  }

  async #locked<T>(
    kind: JobKind,
    id: number,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T | undefined> {
    return await this.database.inTransaction(async (tx) => {
      const [lock] = await rows<{ held: boolean }>(
        tx,
        'SELECT pg_try_advisory_xact_lock($1, $2) AS held',
        [kind.lockSpace, id],
      );
      return lock?.held ? await work(tx) : undefined;
    });
  }
}
