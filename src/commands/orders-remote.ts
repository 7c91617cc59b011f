import type { Naming } from '../core/naming.js';
import { poll } from './api-client.js';
import type { Api } from './api-client.js';
import { ProgressLine } from './progress.js';
import { printTable } from './table.js';
import { tellActionFor } from './telling.js';

/** An order as it is asked for on the command line. */
export interface OrderWish {
  readonly quantity: number;
  readonly prefix: string;
  readonly start: number;
  readonly width?: number;
  readonly provisioning?: string;
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
  readonly naming: Naming;
  readonly quantity: number;
  readonly quota: number;
  readonly minted: number;
  readonly remaining: number;
  readonly note: string | null;
  readonly refusal: { readonly code?: unknown } | null;
}

/** Units: ms between two looks at how far the minting is. */
const lookEveryMs = 250;

/** Places an order, prints its id and answers it. Errors: those of the API. */
export async function place(api: Api, productKey: string, wish: OrderWish): Promise<string> {
  const { quantity, prefix, start, station: stations, ...terms } = wish;
  const width = wish.width ?? String(start + quantity - 1).length;
  const path = `/products/${encodeURIComponent(productKey)}/orders`;
  const { orderId } = await api.post<ShownOrder>(path, {
    quantity,
    naming: { kind: 'sequence', prefix, start, width },
    stations,
    provisioning: terms.provisioning,
    quota: terms.quota,
    expiresAt: terms.expiresAt,
    note: terms.note,
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
    tellActionFor(minted.refusal?.code);
    return minted.state !== 'refused';
  } finally {
    progress.end();
  }
}

/** Prints every order in a line. */
export async function list(api: Api): Promise<boolean> {
  const counts = ['quantity', 'quota', 'minted', 'remaining'];
  const header = ['order', 'product', 'kind', 'state', 'names', ...counts, 'note'];
  return await printTable<ShownOrder>(api, '/orders?limit=1000', {
    header,
    cellsOf: (order) => [
      ...[order.orderId, order.productKey, order.kind, order.state, namesOf(order.naming)],
      ...[order.quantity, order.quota, order.minted, order.remaining, order.note ?? '-'],
    ],
  });
}

/** The names of an order, for a person: where they begin, or where they come from. */
function namesOf(naming: Naming): string {
  switch (naming.kind) {
    case 'sequence':
      return `${naming.prefix}${String(naming.start).padStart(naming.width, '0')}…`;
    case 'random':
      return `${naming.prefix}${'?'.repeat(naming.length)}`;
    case 'list':
    case 'given':
      return naming.kind;
  }
}
