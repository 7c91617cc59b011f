import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { attentionSources, beforeFirst, sourceOf } from './attention.js';
import type { AttentionFilter, AttentionRow, AttentionSource } from './attention.js';
import { AttentionStore } from './attention.store.js';

/** Where a page goes on: after this key of this source. */
export interface AttentionCursor {
  readonly source: AttentionSource;
  readonly after: string;
}

/** A page of the list. Shape: it may hold fewer than asked for and still have a `next`. */
export interface AttentionPage {
  readonly rows: readonly AttentionRow[];
  readonly next: AttentionCursor | null;
}

/** Open claims that one page looks through for those that need attention. */
const claimsPerPage = 10_000;

/** What needs attention: units, slots, claims and orders. */
@Injectable()
export class AttentionService {
  constructor(
    private readonly database: Database,
    private readonly store: AttentionStore,
  ) {}

  /** Lists one source after the other, the most urgent first, until the page is full. */
  async list(
    filter: AttentionFilter,
    cursor: AttentionCursor | undefined,
    limit: number,
  ): Promise<AttentionPage> {
    const { kind } = filter;
    const wanted = kind === undefined ? attentionSources : [sourceOf(kind)];
    const from = cursor ? attentionSources.indexOf(cursor.source) : 0;
    const rows: AttentionRow[] = [];
    for (const source of wanted) {
      if (attentionSources.indexOf(source) < from) continue;
      const after = source === cursor?.source ? cursor.after : beforeFirst[source];
      const part = await this.#part(filter, { source, after }, limit - rows.length);
      rows.push(...part.rows);
      if (part.next) return { rows, next: part.next };
    }
    return { rows, next: null };
  }

  async #part(
    filter: AttentionFilter,
    { source, after }: AttentionCursor,
    limit: number,
  ): Promise<AttentionPage> {
    const tx = this.database.single;
    const page = { filter, after, limit: limit + 1, window: claimsPerPage };
    const found = await this.store.list(tx, source, page);
    const rows = found.slice(0, limit);
    const last = rows.at(-1)?.key ?? after;
    if (found.length > limit) return { rows, next: { source, after: last } };
    const end = source === 'claims' ? await this.store.windowEnd(tx, page) : null;
    return { rows, next: end === null ? null : { source, after: end } };
  }
}
