import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import type { DeviceState } from '../core/lifecycle.js';
import { Database } from '../platform/database/database.js';
import { ProductService } from '../products/product.service.js';
import { DeviceStore } from './device.store.js';
import type { DeviceRow } from './device.js';

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

  /** Errors: `product.not_found`. */
  async list(
    productKey: string,
    filter: { readonly state?: DeviceState | undefined; readonly prefix?: string | undefined },
    after: string,
    limit: number,
  ): Promise<DeviceRow[]> {
    await this.products.get(productKey);
    return await this.store.list(this.database.single, productKey, filter, after, limit);
  }
}
