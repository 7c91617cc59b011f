import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { AuditReaderStore } from './audit-reader.store.js';
import type { AuditFilter, AuditRow, StrangerRow } from './audit-row.js';
import { SealStore } from './seal.store.js';
import { headView } from './sealing.js';
import type { HeadView } from './sealing.js';

/** The history as admins look at it. */
@Injectable()
export class AuditService {
  constructor(
    private readonly database: Database,
    private readonly store: AuditReaderStore,
    private readonly seals: SealStore,
  ) {}

  async events(filter: AuditFilter, before: string | null, limit: number): Promise<AuditRow[]> {
    return await this.store.events(this.database.single, filter, before, limit);
  }

  async strangers(since: Date | null, limit: number): Promise<StrangerRow[]> {
    return await this.store.strangers(this.database.single, since, limit);
  }

  /** The newest seal, to be kept elsewhere, and what is not sealed yet. */
  async head(): Promise<HeadView> {
    const tx = this.database.single;
    const head = await this.seals.head(tx);
    return headView(head, await this.seals.unsealed(tx, head));
  }
}
