import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { Database } from '../platform/database/database.js';
import { ProductService } from '../products/product.service.js';
import { DeviceStore } from './device.store.js';
import type { DevicePage } from './device.store.js';
import type { DeviceRow } from './device.js';

/** Names that one page of a list by state looks through. */
const namesPerPage = 20_000;

/** Devices as admins look at them. */
@Injectable()
export class DeviceService {
  constructor(
    private readonly database: Database,
    private readonly store: DeviceStore,
    private readonly products: ProductService,
  ) {}

  /** Errors: `device.not_found`. */
  async get(productKey: string, deviceName: string): Promise<DeviceRow> {
    const row = await this.store.find(this.database.single, productKey, deviceName);
    if (!row) throw new DomainError('device.not_found', `${productKey} has no ${deviceName}.`);
    return row;
  }

  /**
   * Lists devices by name. Shape: where a state is asked for, a page may hold fewer than `limit`
   * and still have a `next`, because only so many names are looked through at once.
   *
   * Errors: `product.not_found`.
   */
  async list(
    productKey: string,
    filter: DevicePage['filter'],
    after: string,
    limit: number,
  ): Promise<{ readonly rows: readonly DeviceRow[]; readonly next: string | null }> {
    const { id: productId } = await this.products.get(productKey);
    const most = limit + 1;
    const window = filter.state === undefined ? most : namesPerPage;
    const page = { productId, filter, after, limit: most, window };
    const tx = this.database.single;
    const found = await this.store.list(tx, page);
    const rows = found.slice(0, limit);
    if (found.length > limit) return { rows, next: rows.at(-1)?.deviceName ?? null };
    const next = filter.state === undefined ? null : await this.store.windowEnd(tx, page);
    return { rows, next };
  }
}
