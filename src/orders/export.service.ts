import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { ExportStore } from './export.store.js';
import type { ExportRange } from './export.store.js';

/** Devices read at once; the memory that an export needs does not grow with the order. */
const pageSize = 5000;
const header = 'productKey,deviceName,deviceSecret\n';

/** Gives the triples of an order out as a file. */
@Injectable()
export class ExportService {
  constructor(
    private readonly database: Database,
    private readonly store: ExportStore,
    private readonly secrets: DeviceSecrets,
    private readonly audit: AuditStore,
  ) {}

  /**
   * Streams the triples of an order as CSV; voided ones are left out.
   *
   * Shape: header `productKey,deviceName,deviceSecret`, then one line a triple, `\n` at the end.
   * Neither the charset of names nor of secrets needs quotes. A failure half-way breaks the stream.
   * Errors: `order.not_found`, `order.minting`, `order.refused`, `order.standing`.
   */
  async csv(actor: Actor, orderId: number): Promise<Readable> {
    const range = await this.database.inTransaction(async (tx) => {
      const found = await this.store.range(tx, orderId);
      assertExportable(orderId, found);
      const detail = { format: 'csv', count: found.count };
      const event = { actor, productKey: found.productKey, orderId, detail };
      await this.audit.record(tx, { action: 'order.exported', ...event });
      return found;
    });
    return Readable.from(this.#lines(orderId, range), { objectMode: false });
  }

  async *#lines(orderId: number, range: ExportRange): AsyncGenerator<Buffer> {
    const { productKey, first, last } = range;
    const derive = await this.secrets.deriver(orderId);
    yield Buffer.from(header);
    let after = first - 1;
    for (;;) {
      const page = await this.store.page(this.database.single, orderId, after, last, pageSize);
      const end = page.at(-1);
      if (!end) return;
      let text = '';
      for (const { deviceName, generation } of page) {
        const secret = derive({ productKey, deviceName, generation });
        text += `${productKey},${deviceName},${secret.expose()}\n`;
      }
      yield Buffer.from(text);
      after = end.id;
    }
  }
}

function assertExportable(
  orderId: number,
  range: ExportRange | undefined,
): asserts range is ExportRange {
  if (!range) throw new DomainError('order.not_found', `There is no order ord-${orderId}.`);
  if (range.kind === 'standing') {
    throw new DomainError('order.standing', `ord-${orderId} is a standing order.`);
  }
  if (range.state === 'minting') throw new DomainError('order.minting', '');
  if (range.state === 'refused') throw new DomainError('order.refused', '');
}
