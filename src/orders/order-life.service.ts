import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor, AuditAction } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { Signals } from '../platform/signals/signals.js';
import { MintingJob } from './minting.job.js';
import { MintingStore } from './minting.store.js';
import { assertToCome } from './order-expiry.js';
import { OrderLifeStore } from './order-life.store.js';
import type { ChangeableOrder, LockedOrder } from './order-life.store.js';
import { refuseStation } from './order.service.js';

/** What is to be changed of an order; what is left out stays. */
export type OrderChange = {
  readonly [Field in keyof ChangeableOrder]?: ChangeableOrder[Field] | undefined;
};

/** What happens to an order after it was placed: it is changed, closed or aborted. */
@Injectable()
export class OrderLifeService {
  constructor(
    private readonly database: Database,
    private readonly store: OrderLifeStore,
    private readonly minting: MintingStore,
    private readonly mintingJob: MintingJob,
    private readonly jobs: JobRunner,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
  ) {}

  /**
   * Changes the authorisation of an order; the history keeps what was and what is.
   *
   * Errors: `order.not_found`, `order.standing`, `order.ended`, `order.quota_invalid` (above the
   * quantity, or below what is given out), `order.expiry_past`, `station.not_found`.
   */
  async change(actor: Actor, id: number, change: OrderChange): Promise<void> {
    await this.#move(actor, id, 'order.changed', async (tx, held) => {
      const after = {
        quota: change.quota ?? held.quota,
        expiresAt: change.expiresAt === undefined ? held.expiresAt : change.expiresAt,
        firmware: change.firmware ?? held.firmware,
        stationIds: change.stationIds ?? held.stationIds,
        note: change.note === undefined ? held.note : change.note,
      };
      assertOngoing(held);
      assertQuota(held, after.quota);
      assertToCome(change.expiresAt);
      await this.store.change(tx, id, after).catch(refuseStation);
      return differences(held, after);
    });
  }

  /**
   * Ends an order for new claims. What a station holds it may still confirm, and shipped units
   * still register as the policy of the product says. Closing twice changes nothing.
   *
   * Errors: `order.not_found`, `order.standing`, `order.minting`, `order.ended`.
   */
  async close(actor: Actor, id: number): Promise<void> {
    await this.#move(actor, id, 'order.closed', async (tx, held) => {
      if (held.state === 'closed') return undefined;
      if (held.state === 'minting')
        throw new DomainError('order.minting', `${name(id)} is minting.`);
      assertOngoing(held);
      await this.store.close(tx, id);
      return { shown: held.shown, quota: held.quota };
    });
  }

  /**
   * Stops the minting of an order; what it minted so far was never shown and is void. Aborting twice
   * changes nothing.
   *
   * Errors: `order.not_found`, `order.standing`, `order.not_minting`.
   */
  async abort(actor: Actor, id: number): Promise<void> {
    await this.#move(actor, id, 'order.aborted', async (tx, held) => {
      if (held.state === 'aborted') return undefined;
      const voided = await this.minting.end(tx, id, 'aborted');
      if (voided === undefined) throw notMinting(held);
      return { void: voided };
    });
  }

  /** One deed: `work` answers what the history shall tell, or undefined when nothing changed. */
  async #move(
    actor: Actor,
    orderId: number,
    action: AuditAction,
    work: (tx: Tx, held: LockedOrder) => Promise<Record<string, unknown> | undefined>,
  ): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      await this.jobs.keepFrom(tx, this.mintingJob, orderId);
      const held = await this.store.lock(tx, orderId);
      if (!held) throw new DomainError('order.not_found', `There is no order ${name(orderId)}.`);
      if (held.kind === 'standing') {
        throw new DomainError('order.standing', `${name(orderId)} is a standing order.`);
      }
      const detail = await work(tx, held);
      if (!detail) return;
      const { productKey } = held;
      await this.audit.record(tx, { action, actor, productKey, orderId, detail });
      // A refusal of its devices may be remembered somewhere; a raised quota makes it wrong.
      await this.signals.send(tx, 'device', productKey);
    });
  }
}

function assertOngoing(held: LockedOrder): void {
  if (held.state === 'open' || held.state === 'minting') return;
  throw new DomainError('order.ended', `${name(held.id)} is ${held.state}.`);
}

function assertQuota(held: LockedOrder, quota: number): void {
  if (quota > held.quantity) {
    const detail = `The quota is larger than the quantity, ${held.quantity}.`;
    throw new DomainError('order.quota_invalid', detail, { quantity: held.quantity });
  }
  if (quota < held.shown) {
    const detail = `${held.shown} triples are given out already; the quota cannot be less.`;
    throw new DomainError('order.quota_invalid', detail, { shown: held.shown });
  }
}

/** Shape: `{field: {from, to}}` of what differs; undefined when nothing does. */
function differences(
  before: ChangeableOrder,
  after: ChangeableOrder,
): Record<string, unknown> | undefined {
  const fields = Object.keys(after) as (keyof ChangeableOrder)[];
  const changed = fields.filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  if (changed.length === 0) return undefined;
  return Object.fromEntries(
    changed.map((field) => [field, { from: before[field], to: after[field] }]),
  );
}

function name(orderId: number): string {
  return publicId('ord', orderId);
}

function notMinting(held: LockedOrder): DomainError {
  return new DomainError('order.not_minting', `${name(held.id)} is ${held.state}.`);
}
