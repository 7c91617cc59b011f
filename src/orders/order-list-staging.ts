import { cellsOf, checkRow } from '../core/device-list.js';
import type { ListKind, ListRow, RowError } from '../core/device-list.js';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import type { NewOrderKey } from '../devices/device-secrets.js';
import type { Database } from '../platform/database/database.js';
import { columnsOf } from './order-list-columns.js';
import type { OpenList } from './order-list-csv.js';
import type { OrderListStore, StagedRow } from './order-list.store.js';

/** Units: rows of one list. */
const maxRows = 1_000_000;

/** For what a list is staged. */
export interface Staging {
  readonly orderId: number;
  readonly kind: ListKind;
  readonly productKey: string;
  readonly key: NewOrderKey;
}

/** Takes in the rows of a list: what is wrong is noted, secrets are sealed before they are stored. */
export class OrderListStaging {
  constructor(
    private readonly database: Pick<Database, 'single'>,
    private readonly store: OrderListStore,
    private readonly staging: Staging,
  ) {}

  /**
   * Stages a list batch by batch, each in a transaction of its own, and answers how many rows it has.
   *
   * One transaction for all would be as long as the upload, and hold up claims and the history.
   * Errors: `csv.columns_wrong`, `csv.secrets_given`, `csv.empty`, `csv.too_many_rows`,
   * `csv.interrupted`, those of the list.
   */
  async takeIn({ header, batches }: OpenList): Promise<number> {
    const { kind, productKey, orderId } = this.staging;
    const places = columnsOf(kind, header);
    const list = { kind, productKey, places, width: header.length };
    let count = 0;
    let place = 0;
    let isKept = Promise.resolve(true);
    for await (const batch of batches) {
      count += batch.length;
      if (count > maxRows) throw new DomainError('csv.too_many_rows', '');
      const errors: RowError[] = [];
      const staged: StagedRow[] = [];
      for (const row of batch) {
        const wrong = checkRow(list, row);
        errors.push(...wrong);
        if (wrong.length > 0) continue;
        staged.push(this.#staged(place, row, cellsOf(places, row.cells)));
        place += 1;
      }
      assertKept(await isKept);
      // The next rows are read while the database stores these.
      isKept = this.store.stage(this.database.single, orderId, staged, errors);
      isKept.catch(() => undefined);
    }
    assertKept(await isKept);
    if (count === 0) throw new DomainError('csv.empty', '');
    return count;
  }

  #staged(
    place: number,
    { line }: ListRow,
    { deviceName: name = '', deviceSecret = '' }: ReturnType<typeof cellsOf>,
  ): StagedRow {
    const { kind, productKey, key } = this.staging;
    const sealed =
      kind === 'import'
        ? key.sealGiven({ productKey, deviceName: name }, new Secret(deviceSecret))
        : null;
    return { place, line, name, sealed };
  }
}

function assertKept(isKept: boolean): void {
  if (!isKept) throw new DomainError('csv.interrupted', '');
}
