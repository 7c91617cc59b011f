import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RowError } from '../core/device-list.js';
import { csvLine, guardedCell } from '../core/csv.js';
import { catalogue } from '../core/error-catalogue.js';
import { Database } from '../platform/database/database.js';
import { OrderListStore } from './order-list.store.js';
import { OrderService } from './order.service.js';

/** Errors read at once. */
const pageSize = 5_000;
/** A spreadsheet takes a file without it for text of its own country. */
const byteOrderMark = '\ufeff';
const header = ['line', 'column', 'value', 'code', 'problem', 'action', 'action_zh'];

/** Tells what was wrong with the rows of a list. */
@Injectable()
export class OrderListErrorsService {
  constructor(
    private readonly database: Database,
    private readonly orders: OrderService,
    private readonly lists: OrderListStore,
  ) {}

  /**
   * Streams what is wrong with the rows of an order's list as CSV, for a spreadsheet.
   *
   * Shape: one line an error, in the order of the list; only the header when there is none. `line`
   * counts from 1, the header of the list included. No secret is ever in it.
   * Errors: `order.not_found`.
   */
  async csv(orderId: number): Promise<Readable> {
    await this.orders.get(orderId);
    return Readable.from(this.#lines(orderId), { objectMode: false });
  }

  async *#lines(orderId: number): AsyncGenerator<Buffer> {
    yield Buffer.from(`${byteOrderMark}${csvLine(header)}\n`);
    let after: Pick<RowError, 'line' | 'column'> = { line: 0, column: '' };
    for (;;) {
      const page = await this.lists.errors(this.database.single, orderId, after, pageSize);
      const last = page.at(-1);
      if (!last) return;
      yield Buffer.from(page.map((error) => `${csvLine(cellsOf(error))}\n`).join(''));
      after = last;
    }
  }
}

function cellsOf({ line, column, value, code }: RowError): string[] {
  const { title, action } = catalogue[code];
  return [String(line), column, guardedCell(value ?? ''), code, title, action.en, action.zh];
}
