import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { AuditReaderStore } from './audit-reader.store.js';
import type { AuditFilter, AuditRow, StrangerRow } from './audit-row.js';
import { SealStore } from './seal.store.js';
import { headView } from './sealing.js';
import type { HeadView } from './sealing.js';

/** Entries that one page looks through. */
const entriesPerPage = 20_000;

/** The history as admins look at it. */
@Injectable()
export class AuditService {
  constructor(
    private readonly database: Database,
    private readonly store: AuditReaderStore,
    private readonly seals: SealStore,
  ) {}

  /**
   * Reads entries, newest first. Shape: a page may hold fewer than `limit` and still have a `next`,
   * because only so many entries are looked through at once.
   */
  async events(
    filter: AuditFilter,
    before: string | null,
    limit: number,
  ): Promise<{ readonly rows: readonly AuditRow[]; readonly next: string | null }> {
    const tx = this.database.single;
    const page = { filter, before, limit: limit + 1, window: entriesPerPage };
    const found = await this.store.events(tx, page);
    const shown = found.slice(0, limit);
    if (found.length > limit) return { rows: shown, next: shown.at(-1)?.id ?? null };
    return { rows: shown, next: await this.store.windowEnd(tx, page) };
  }

  async strangers(
    since: Date | null,
    after: StrangerRow | null,
    limit: number,
  ): Promise<StrangerRow[]> {
    return await this.store.strangers(this.database.single, since, after, limit);
  }

  /** The newest seal, to be kept elsewhere, and what is not sealed yet. */
  async head(): Promise<HeadView> {
    const tx = this.database.single;
    const head = await this.seals.head(tx);
    return headView(head, await this.seals.unsealed(tx, head));
  }
}
