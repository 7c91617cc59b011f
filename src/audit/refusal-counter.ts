import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { QuietLog } from '../platform/limits/quiet-log.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import type { ProvenRefusal } from './audit-event.js';
import { AuditStore } from './audit.store.js';
import { WriteBehind } from './write-behind.js';

/** Entries kept in memory before the rest is counted as one. */
const maxEntries = 20_000;

/**
 * Tells the history and the log of refusals of proven callers that cost no statement each.
 *
 * Shape: counted by minute, kept in memory with a bound; the first of a minute is written within two
 * seconds, the rest when the minute is over. At most twenty lines a second go into the log.
 */
@Injectable()
export class RefusalCounter implements OnModuleInit, OnApplicationShutdown {
  readonly #counts: WriteBehind<ProvenRefusal>;
  readonly #log: QuietLog;

  constructor(database: Database, store: AuditStore, @Inject(LOGGER) log: Logger) {
    this.#log = new QuietLog(log);
    this.#counts = new WriteBehind({
      maxEntries,
      keyOf: (refusal) => Object.values(refusal).join('\n'),
      crowdOf,
      isRowEach: true,
      write: async (counted) => {
        await database.inTransaction((tx) => store.recordRefusals(tx, counted));
        for (const { what, count } of counted) this.say(what, count);
      },
      onTrouble: (error, lost) => {
        log.warn({ err: error, lost }, 'audit.refusals_not_written');
      },
    });
  }

  onModuleInit(): void {
    this.#counts.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#counts.stop();
  }

  /** Counts a refusal that nobody has written down; it goes into history and log in a moment. */
  count(refusal: ProvenRefusal, now = new Date()): void {
    this.#counts.count(refusal, now);
  }

  /** Puts a refusal into the log that is in the history already. */
  say({ action, productKey, deviceName, address, reason }: ProvenRefusal, count = 1): void {
    this.#log.info({ productKey, deviceName, address, reason, count }, action);
  }

  /** Writes what is due at a time. Units: ms of the calendar. */
  async flush(nowMs?: number): Promise<void> {
    await this.#counts.flush(nowMs);
  }
}

function crowdOf({ action }: ProvenRefusal): ProvenRefusal {
  const anybody = { productKey: '*', deviceName: '*', address: '*', protocol: '*', reason: '*' };
  return { action, ...anybody };
}
