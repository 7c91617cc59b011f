import { poll } from './api-client.js';
import type { Api } from './api-client.js';
import { ProgressLine } from './progress.js';

/** An order as it is asked for on the command line. */
export interface OrderWish {
  readonly quantity: number;
  readonly prefix: string;
  readonly start: number;
  readonly width?: number;
  readonly provisioning: string;
  readonly quota?: number;
  readonly expiresAt?: string;
  readonly station?: readonly string[];
  readonly note?: string;
}

/** An order as far as the command line looks at it. */
interface ShownOrder {
  readonly orderId: string;
  readonly productKey: string;
  readonly kind: string;
  readonly state: string;
  readonly quantity: number;
  readonly minted: number;
  readonly remaining: number;
  readonly refusal: object | null;
}

/** Units: ms between two looks at how far the minting is. */
const lookEveryMs = 250;

/** Places an order, prints its id and answers it. Errors: those of the API. */
export async function place(api: Api, productKey: string, wish: OrderWish): Promise<string> {
  const { quantity, prefix, start, quota, expiresAt, station: stations, note } = wish;
  const width = wish.width ?? String(start + quantity - 1).length;
  const path = `/products/${encodeURIComponent(productKey)}/orders`;
  const { orderId } = await api.post<ShownOrder>(path, {
    quantity,
    naming: { kind: 'sequence', prefix, start, width },
    provisioning: wish.provisioning,
    quota,
    expiresAt,
    stations,
    note,
  });
  process.stdout.write(`${orderId}\n`);
  return orderId;
}

/** Prints an order. */
export async function show(api: Api, order: string): Promise<boolean> {
  const found = await api.get<ShownOrder>(`/orders/${order}`);
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return true;
}

/** Shows the minting of an order; answers whether it was not refused. */
export async function watch(api: Api, order: string): Promise<boolean> {
  const progress = new ProgressLine(order);
  const look = async (): Promise<ShownOrder> => {
    const found = await api.get<ShownOrder>(`/orders/${order}`);
    if (found.state === 'minting') progress.tell({ count: found.minted, of: found.quantity });
    return found;
  };
  try {
    const minted = await poll(look, ({ state }) => state !== 'minting', lookEveryMs);
    progress.end();
    const refusal = minted.refusal === null ? '' : ` ${JSON.stringify(minted.refusal)}`;
    const count = minted.minted.toLocaleString('en');
    process.stdout.write(`${order}: ${minted.state}, ${count} minted${refusal}\n`);
    return minted.state !== 'refused';
  } finally {
    progress.end();
  }
}

/** Prints every order in a line. */
export async function list(api: Api): Promise<boolean> {
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: { items: ShownOrder[]; nextCursor: string | null } = await api.get(
      `/orders?limit=1000${query}`,
    );
    for (const order of page.items) process.stdout.write(lineOf(order));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return true;
}

/** Shape: columns by TAB, for `cut` and `awk` as well as for people. */
function lineOf(order: ShownOrder): string {
  const { orderId, productKey, kind, state, quantity, minted, remaining } = order;
  const counts = [`quantity=${quantity}`, `minted=${minted}`, `remaining=${remaining}`];
  return `${[orderId, productKey, kind, state, ...counts].join('\t')}\n`;
}
