import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { ProductService } from '../products/product.service.js';
import { OrderStore } from './order.store.js';
import { StandingOrderStore } from './standing-order.store.js';

/** The orders that hold devices which nobody minted: one open one a product, with a key of its own. */
@Injectable()
export class StandingOrderService {
  constructor(
    private readonly database: Database,
    private readonly orders: OrderStore,
    private readonly store: StandingOrderStore,
    private readonly products: ProductService,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
  ) {}

  /** The standing order of a product, opened when there is none. Errors: `service.overloaded`. */
  async current(tx: Tx, productId: number): Promise<number> {
    const open = await this.store.find(tx, productId);
    if (open !== undefined) return open;
    const id = await this.orders.nextId(tx);
    const keySealed = this.secrets.makeSealedOrderKey(id);
    if (await this.store.open(tx, { id, productId, keySealed })) return id;
    const others = await this.store.find(tx, productId);
    if (others === undefined) {
      throw new DomainError('service.overloaded', 'The standing order changes hands.');
    }
    return others;
  }

  /**
   * Lets new units get tokens from a new key; tokens given before stay good.
   *
   * Errors: `product.not_found`, `service.overloaded`.
   */
  async rollKey(actor: Actor, productKey: string): Promise<number> {
    const { id: productId } = await this.products.get(productKey);
    return await this.database.inTransaction(async (tx) => {
      const previous = await this.store.close(tx, productId);
      const orderId = await this.current(tx, productId);
      const detail = { previous: previous ?? null };
      const about = { productKey, orderId, detail };
      await this.audit.record(tx, { action: 'order.key_rolled', actor, ...about });
      return orderId;
    });
  }
}
