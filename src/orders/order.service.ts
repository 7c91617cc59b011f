import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { badNames, leastRandomLength } from '../core/naming.js';
import { publicId } from '../core/public-id.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { mapConstraint } from '../platform/database/pg-errors.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { ProductService } from '../products/product.service.js';
import { NamesStore } from './names.store.js';
import { assertToCome } from './order-expiry.js';
import { OrderStore } from './order.store.js';
import type { NewOrder, OrderRow } from './order.store.js';

const namesTold = 10;

/** Production orders: placing them and looking at them. */
@Injectable()
export class OrderService {
  constructor(
    private readonly database: Database,
    private readonly store: OrderStore,
    private readonly names: NamesStore,
    private readonly products: ProductService,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
    private readonly jobs: JobRunner,
  ) {}

  /**
   * Places an order and lets its minting begin; its names are a sequence or random.
   *
   * Errors: `product.not_found`, `order.names_invalid`, `order.names_guessable`,
   * `order.names_taken`, `order.quota_invalid`, `order.expiry_past`, `station.not_found`.
   */
  async place(
    actor: Actor,
    productKey: string,
    order: Omit<NewOrder, 'kind' | 'productId'>,
  ): Promise<OrderRow> {
    assertPlausible(order);
    const { id: productId } = await this.products.get(productKey);
    const placed = await this.database.inTransaction(async (tx) => {
      const { naming, quantity } = order;
      const taken = await this.names.taken(tx, { ...order, orderId: 0, productId }, namesTold);
      if (taken.length > 0) throw namesTaken(taken);
      const id = await this.store.nextId(tx);
      const sealed = this.secrets.makeSealedOrderKey(id);
      await this.store
        .insert(tx, id, { ...order, kind: 'mint', productId }, sealed)
        .catch(refuseStation);
      const detail = { quantity, quota: order.quota, naming, provisioning: order.provisioning };
      await this.audit.record(tx, {
        action: 'order.created',
        actor,
        productKey,
        orderId: id,
        detail,
      });
      return await this.store.find(tx, id);
    });
    this.jobs.wake();
    if (!placed) throw new DomainError('internal', 'An order vanished while it was placed.');
    return placed;
  }

  /** Errors: `order.not_found`. */
  async get(id: number): Promise<OrderRow> {
    const row = await this.store.find(this.database.single, id);
    if (!row) throw new DomainError('order.not_found', `There is no order ord-${id}.`);
    return row;
  }

  /**
   * An order as a station may look at it; others, who give no station, see each.
   *
   * Errors: `order.not_found`, `order.station_not_allowed`.
   */
  async seenBy(stationId: number | null, id: number): Promise<OrderRow> {
    const row = await this.get(id);
    const { stationIds } = row;
    if (stationId === null || stationIds.length === 0 || stationIds.includes(stationId)) return row;
    const order = publicId('ord', id);
    const detail = `${order} names other stations.`;
    throw new DomainError('order.station_not_allowed', detail, { orderId: order });
  }

  async list(after: number, limit: number, stationId: number | null = null): Promise<OrderRow[]> {
    return await this.store.list(this.database.single, after, limit, stationId);
  }
}

function assertPlausible(order: Omit<NewOrder, 'kind' | 'productId'>): void {
  assertToCome(order.expiresAt);
  if (order.quota > order.quantity) {
    throw new DomainError('order.quota_invalid', 'The quota is larger than the quantity.');
  }
  const names = badNames(order.naming, order.quantity, namesTold);
  if (names.length > 0) {
    throw new DomainError('order.names_invalid', `Bad names: ${names.join(', ')}`, { names });
  }
  const leastLength = leastRandomLength(order.quantity);
  if (order.naming.kind === 'random' && order.naming.length < leastLength) {
    const detail = `For this quantity the random part takes ${leastLength} characters or more.`;
    throw new DomainError('order.names_guessable', detail, { leastLength });
  }
}

function namesTaken(names: readonly string[]): DomainError {
  return new DomainError('order.names_taken', `Taken names: ${names.join(', ')}`, { names });
}

/** Names the station that does not exist as what is wrong. */
export function refuseStation(error: unknown): never {
  throw mapConstraint(error, {
    order_station_station_id_fkey: (cause) =>
      new DomainError(
        'station.not_found',
        'The order names a station that does not exist.',
        {},
        { cause },
      ),
  });
}
