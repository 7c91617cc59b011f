import { Injectable } from '@nestjs/common';
import type { Actor } from '../audit/audit-event.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { ProductService } from '../products/product.service.js';
import { assertToCome } from './order-expiry.js';
import type { OpenList } from './order-list-csv.js';
import { OrderListPlacing } from './order-list-placing.js';
import type { ListOrder } from './order-list-placing.js';
import { OrderListStaging } from './order-list-staging.js';
import { OrderListStore } from './order-list.store.js';
import { OrderStore } from './order.store.js';
import type { OrderRow } from './order.store.js';

/** Orders whose devices come as a list: names to mint, or triples that exist elsewhere. */
@Injectable()
export class OrderListService {
  constructor(
    private readonly database: Database,
    private readonly orders: OrderStore,
    private readonly lists: OrderListStore,
    private readonly placing: OrderListPlacing,
    private readonly products: ProductService,
    private readonly secrets: DeviceSecrets,
    private readonly jobs: JobRunner,
  ) {}

  /**
   * Takes in a list, and places its order when every row is right.
   *
   * Shape: a list with wrong rows mints nothing; its refused order keeps what is wrong with them.
   * Whatever else ends it leaves nothing behind.
   * Errors: `product.not_found`, `order.expiry_past`, those of `openCsvList`, of
   * `OrderListStaging.takeIn` and of `OrderListPlacing.place`.
   */
  async place(
    actor: Actor,
    productKey: string,
    order: ListOrder,
    open: () => Promise<OpenList>,
  ): Promise<OrderRow> {
    assertToCome(order.expiresAt);
    const { id: productId } = await this.products.get(productKey);
    const tx = this.database.single;
    const orderId = await this.orders.nextId(tx);
    const key = this.secrets.makeOrderKey(orderId);
    const staging = { orderId, kind: order.kind, productKey, key };
    await this.lists.begin(tx, orderId);
    try {
      const taker = new OrderListStaging(this.database, this.lists, staging);
      const count = await taker.takeIn(await open());
      const orderKeySealed = key.sealed;
      const taken = { actor, productKey, productId, orderId, orderKeySealed, count, order };
      return await this.placing.place(taken);
    } catch (error) {
      // If this fails as well, the upload is found when no row has come for a while.
      await this.lists.giveUp(tx, orderId).catch(() => undefined);
      throw error;
    } finally {
      this.jobs.wake();
    }
  }
}
