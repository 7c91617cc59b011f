import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import type { ExportProgress, NewExport } from './order-export.js';
import { OrderExportStore } from './order-export.store.js';

/** Units: ms between two lines about a running export; those who watch it ask as often. */
const tellEveryMs = 1_000;
/** How long the end of an export is tried to be told while the database is away. */
const endTries = 60;

/** What the history knows of an export besides how far it came. */
interface Told {
  readonly actor: Actor;
  readonly orderId: number;
  readonly productKey: string;
}

/** Somebody who sees to a running export. */
export interface ExportWatch {
  /** Tells the end, once. Shape: `isComplete` when the reader has got everything. */
  end(isComplete: boolean): Promise<void>;
}

/**
 * Writes down what leaves the service in files: before the first byte, while it goes, at the end.
 *
 * Shape: secrets leave while a file is read, so the entry of the history comes first and names the
 * triples that may leave; a second one tells whether they all did, or after how many it broke off.
 */
@Injectable()
export class ExportJournal implements OnApplicationShutdown {
  readonly #stopping = new AbortController();
  readonly #endings = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly store: OrderExportStore,
    private readonly audit: AuditStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Records that an export begins and answers its number. */
  async begin(
    tx: Tx,
    started: NewExport,
    told: Omit<Told, 'actor' | 'orderId'> & { readonly cells: string },
  ): Promise<number> {
    const { actor, orderId, format, recipients, expected } = started;
    const id = await this.store.begin(tx, started);
    const detail = {
      export: publicId('exp', id),
      format,
      cells: told.cells,
      recipients,
      count: expected,
    };
    const { productKey } = told;
    await this.audit.record(tx, { action: 'order.exported', actor, orderId, productKey, detail });
    return id;
  }

  /** Tells how far an export is until its end is told. */
  watch(id: number, told: Told, progress: ExportProgress): ExportWatch {
    let isTelling = false;
    const timer = setInterval(() => {
      if (isTelling) return;
      isTelling = true;
      this.store
        .progress(this.database.single, id, progress.given)
        .catch(() => undefined) // the next line tells it
        .finally(() => (isTelling = false));
    }, tellEveryMs);
    timer.unref();
    return {
      end: async (isComplete) => {
        clearInterval(timer);
        const ending = this.#end(id, told, isComplete, { ...progress });
        this.#endings.add(ending);
        await ending.finally(() => this.#endings.delete(ending));
      },
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#endings);
  }

  /** Never rejects: nobody waits for it. */
  async #end(id: number, told: Told, isComplete: boolean, progress: ExportProgress): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#writeEnd(id, told, isComplete, progress);
        return;
      } catch (error) {
        const isAway = error instanceof DomainError && error.code === 'database.away';
        if (!isAway || tries === endTries || this.#stopping.signal.aborted) {
          this.log.error({ err: error, export: id, ...progress }, 'export.end_untold');
          return;
        }
      }
      await delay(tellEveryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #writeEnd(
    id: number,
    { actor, orderId, productKey }: Told,
    isComplete: boolean,
    progress: ExportProgress,
  ): Promise<void> {
    const outcome = isComplete ? 'complete' : 'broken_off';
    await this.database.inTransaction(async (tx) => {
      if (!(await this.store.end(tx, id, outcome, progress))) return;
      const detail = { export: publicId('exp', id), outcome, count: progress.given };
      const event = { actor, orderId, productKey, detail };
      await this.audit.record(tx, { action: 'order.export_ended', ...event });
    });
  }
}
