import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { AuditStore } from './audit.store.js';
import { WriteBehind } from './write-behind.js';
import type { Counted } from './write-behind.js';

/** Entries kept in memory before the rest is counted as one. */
const maxEntries = 5000;
/** Units: ms between two lines in the log. */
const sayEveryMs = 60_000;

interface Stranger {
  readonly address: string;
  readonly productKey: string;
}

/** What a stranger is counted under when too many others are waiting to be written. */
const crowd: Stranger = { address: '*', productKey: '*' };

/**
 * Counts refusals of callers that did not prove the product secret.
 *
 * Shape: per minute, address and product key as sent (cut to 64 characters); kept in memory with a
 * bound and written every two seconds, so strangers cost no database work each. The log has one line
 * a minute for all of them.
 */
@Injectable()
export class StrangerCounter implements OnModuleInit, OnApplicationShutdown {
  readonly #counts: WriteBehind<Stranger>;
  #unsaid = 0;
  #saidAtMs = -Infinity;

  constructor(
    database: Database,
    store: AuditStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.#counts = new WriteBehind({
      maxEntries,
      keyOf: ({ address, productKey }) => `${address}\n${productKey}`,
      crowdOf: () => crowd,
      isRowEach: false,
      write: async (counted) => {
        await database.inTransaction((tx) => store.countStrangers(tx, counted.map(flat)));
        this.#say(counted, performance.now());
      },
      onTrouble: (error, lost) => {
        log.warn({ err: error, lost }, 'audit.strangers_not_counted');
      },
    });
  }

  onModuleInit(): void {
    this.#counts.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#counts.stop();
  }

  count(address: string, productKey: string, now = new Date()): void {
    this.#counts.count({ address, productKey: storable(productKey) }, now);
  }

  async flush(): Promise<void> {
    await this.#counts.flush();
  }

  #say(counted: readonly Counted<Stranger>[], nowMs: number): void {
    this.#unsaid += counted.reduce((sum, { count }) => sum + count, 0);
    if (nowMs < this.#saidAtMs + sayEveryMs) return;
    this.log.info({ count: this.#unsaid }, 'strangers.refused');
    this.#unsaid = 0;
    this.#saidAtMs = nowMs;
  }
}

function flat({ what, minute, count }: Counted<Stranger>) {
  return { ...what, minute, count };
}

/**
 * PostgreSQL takes no NUL, and half a surrogate pair becomes U+FFFD on the way: done here, so that
 * two entries never meet in one row. The copy lets go of the long text that was sent.
 */
function storable(text: string): string {
  return Buffer.from(text.slice(0, 64).replaceAll('\0', ''), 'utf8').toString('utf8');
}
