import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { AuditStore } from './audit.store.js';

/** Units: ms between two writes; entries kept in memory before the rest is counted as one. */
const flushEveryMs = 2000;
const maxEntries = 5000;

/** What a stranger is counted under when too many others are waiting to be written. */
const crowd = { address: '*', productKey: '*' };

/**
 * Counts refusals of callers that did not prove the product secret.
 *
 * Shape: per minute, address and product key as sent (cut to 64 characters); kept in memory with a
 * bound and written every two seconds, so strangers cost no database work each.
 */
@Injectable()
export class StrangerCounter implements OnModuleInit, OnApplicationShutdown {
  #counts = new Map<string, { minute: Date; address: string; productKey: string; count: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly store: AuditStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  count(address: string, productKey: string, now = new Date()): void {
    const isFull = this.#counts.size >= maxEntries;
    const who = isFull ? crowd : { address, productKey: storable(productKey) };
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    const key = `${minute.getTime()} ${who.address} ${who.productKey}`;
    const entry = this.#counts.get(key);
    if (entry) entry.count += 1;
    else this.#counts.set(key, { minute, ...who, count: 1 });
  }

  async flush(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    try {
      await this.database.inTransaction((tx) => this.store.countStrangers(tx, counts));
    } catch (error) {
      this.log.warn({ err: error, lost: counts.length }, 'audit.strangers_not_counted');
    }
  }
}

/**
 * PostgreSQL takes no NUL, and half a surrogate pair becomes U+FFFD on the way: done here, so that
 * two entries never meet in one row. The copy lets go of the long text that was sent.
 */
function storable(text: string): string {
  return Buffer.from(text.slice(0, 64).replaceAll('\0', ''), 'utf8').toString('utf8');
}
