import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import type { ListKind } from '../core/device-list.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { NamesStore } from './names.store.js';
import { OrderListStore } from './order-list.store.js';
import { refuseStation } from './order.service.js';
import { OrderStore } from './order.store.js';
import type { NewOrder, OrderRow } from './order.store.js';

/** Wrong rows that a refusal tells itself; the rest is in the file. */
const errorsTold = 10;

/** An order whose devices come as a list. */
export interface ListOrder extends Omit<NewOrder, 'productId' | 'naming' | 'quantity' | 'quota'> {
  readonly kind: ListKind;
  /** Left out, it is as many as the list has. */
  readonly quota: number | undefined;
}

/** A list that was taken in as a whole. */
export interface TakenList {
  readonly actor: Actor;
  readonly productKey: string;
  readonly productId: number;
  readonly orderId: number;
  readonly orderKeySealed: Buffer;
  readonly count: number;
  readonly order: ListOrder;
}

/** Decides on a list that was taken in: an order that is minted, or one that is refused. */
@Injectable()
export class OrderListPlacing {
  constructor(
    private readonly database: Database,
    private readonly orders: OrderStore,
    private readonly lists: OrderListStore,
    private readonly names: NamesStore,
    private readonly audit: AuditStore,
  ) {}

  /**
   * Places the order of a list.
   *
   * Errors: `order.rows_refused`, after the refused order was committed; `order.quota_invalid`,
   * `station.not_found`, `csv.interrupted`.
   */
  async place(taken: TakenList): Promise<OrderRow> {
    const { orderId, productId, count, order } = taken;
    const single = this.database.single;
    await this.lists.markRepeated(single, orderId, order.kind, count);
    await this.names.markTaken(single, orderId, productId);
    const placed = await this.database.inTransaction(async (tx) => {
      if (!(await this.lists.keep(tx, orderId))) throw new DomainError('csv.interrupted', '');
      const errors = await this.lists.countErrors(tx, orderId);
      return errors > 0 ? await this.#refuse(tx, taken, errors) : await this.#insert(tx, taken);
    });
    if (placed.state === 'refused') throw await this.#rowsRefused(placed);
    return placed;
  }

  async #insert(tx: Tx, taken: TakenList): Promise<OrderRow> {
    const { actor, productKey, orderId, count, order } = taken;
    const { kind, provisioning, quota = count } = order;
    if (quota > count) {
      const detail = `The quota is larger than the list, which has ${count}.`;
      throw new DomainError('order.quota_invalid', detail);
    }
    const placed = await this.#store(tx, taken, quota, null);
    const detail = { kind, quantity: count, quota, naming: placed.naming, provisioning };
    await this.audit.record(tx, { action: 'order.created', actor, productKey, orderId, detail });
    return placed;
  }

  async #refuse(tx: Tx, taken: TakenList, errors: number): Promise<OrderRow> {
    const { actor, productKey, orderId, count } = taken;
    const refusal = { code: 'order.rows_refused', rows: count, errors };
    const placed = await this.#store(tx, taken, count, refusal);
    const about = { productKey, orderId, detail: refusal };
    await this.audit.record(tx, { action: 'order.refused', actor, ...about });
    return placed;
  }

  async #store(
    tx: Tx,
    { orderId, productId, orderKeySealed, count: quantity, order }: TakenList,
    quota: number,
    refusal: Readonly<Record<string, unknown>> | null,
  ): Promise<OrderRow> {
    const row = { ...order, productId, quantity, quota, naming: { kind: 'list' } as const };
    await this.orders.insert(tx, orderId, row, orderKeySealed, refusal).catch(refuseStation);
    const placed = await this.orders.find(tx, orderId);
    if (!placed) throw new DomainError('internal', 'An order vanished while it was placed.');
    return placed;
  }

  async #rowsRefused({ id, refusal }: OrderRow): Promise<DomainError> {
    const start = { line: 0, column: '' } as const;
    const first = await this.lists.errors(this.database.single, id, start, errorsTold);
    const orderId = publicId('ord', id);
    const detail = `${orderId} is refused; GET /api/v1/orders/${orderId}/errors.csv tells why.`;
    const { rows, errors } = refusal ?? {};
    return new DomainError('order.rows_refused', detail, { orderId, rows, errors, first });
  }
}
