import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { SealStore } from './seal.store.js';
import { settledId } from './sealing.js';
import type { SealMark } from './sealing.js';

/** Units: ms between two looks. */
const lookEveryMs = 1000;
/** Rows in one seal at most: some 15 ms of one connection, 80 kB. */
const rowsPerSeal = 2000;

interface Step {
  readonly mark: SealMark | undefined;
  /** A seal was made, and there may be more to seal at once. */
  readonly hasSealed: boolean;
}

/**
 * Seals the history in the background.
 *
 * Shape: every second, chunk by chunk, one transaction each; of several copies of the service one at
 * a time. A row is sealed two seconds after it was committed at the latest, or as soon as all
 * transactions are over that were writing to the history at the same moment.
 */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap, OnApplicationShutdown {
  #mark: SealMark | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;
  #isInTrouble = false;

  constructor(
    private readonly database: Database,
    private readonly store: SealStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#round ??= this.#look().finally(() => {
        this.#round = undefined;
      });
    }, lookEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  /** Seals all rows behind which nothing can come any more. Shape: how many seals it made. */
  async seal(): Promise<number> {
    for (let seals = 0; ; seals += 1) {
      const startedAtMs = performance.now();
      const { mark, hasSealed } = await this.database.inTransaction((tx) => this.#step(tx));
      this.#mark = mark;
      if (!hasSealed || this.#isStopped) return seals;
      // A long history to seal leaves half of the time to others.
      await delay(performance.now() - startedAtMs);
    }
  }

  async #step(tx: Tx): Promise<Step> {
    if (!(await this.store.isOurTurn(tx))) return { mark: undefined, hasSealed: false };
    const now = await this.store.mark(tx);
    const lastId = settledId(this.#mark, now);
    if (lastId === undefined) {
      const isOfThisServer = this.#mark?.server === now.server;
      return { mark: isOfThisServer ? this.#mark : now, hasSealed: false };
    }
    const head = await this.store.head(tx);
    const hasSealed =
      lastId > head.lastId && (await this.store.seal(tx, head, lastId, rowsPerSeal));
    return { mark: hasSealed ? { ...now, lastId, writers: [] } : now, hasSealed };
  }

  /** Trouble is told once, when it begins; what was not sealed waits. */
  async #look(): Promise<void> {
    try {
      await this.seal();
      if (this.#isInTrouble) this.log.info('audit.sealing_again');
      this.#isInTrouble = false;
    } catch (error) {
      this.#mark = undefined;
      if (!this.#isInTrouble) this.log.warn({ err: error }, 'audit.not_sealed');
      this.#isInTrouble = true;
    }
  }
}
