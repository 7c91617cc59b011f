import { Injectable } from '@nestjs/common';
import { effectiveOrderState } from '../core/lifecycle.js';
import { assertNotOver, holders } from '../core/order-over.js';
import { publicId } from '../core/public-id.js';
import { assertRegistersAtJig } from '../core/registration-at-jig.js';
import { OrderService } from '../orders/order.service.js';
import type { OrderRow } from '../orders/order.store.js';
import { ProductService } from '../products/product.service.js';

/** The orders that runs work on. */
@Injectable()
export class RunOrders {
  constructor(
    private readonly orders: OrderService,
    private readonly products: ProductService,
  ) {}

  /**
   * Gives the order of a run that may begin now. Of one that is over, units that hold its triples may
   * still be worked on.
   *
   * Errors: `order.not_found`, `order.station_not_allowed`, those of `assertNotOver`,
   * `run.registration_refused`.
   */
  async open(stationId: number, orderId: number): Promise<OrderRow> {
    const order = await this.orders.seenBy(stationId, orderId);
    const now = new Date();
    const state = effectiveOrderState(order, now);
    assertNotOver(publicId('ord', order.id), state, holders(order));
    if (order.provisioning === 'product-secret') {
      assertRegistersAtJig(order.productKey, await this.products.get(order.productKey), now);
    }
    return order;
  }
}
