import { setTimeout } from 'node:timers/promises';
import type { TestService } from './service.js';

/** A product as it is answered when it is created. */
export interface MadeProduct {
  readonly productKey: string;
  readonly productSecret: string;
}

/** An order as it is answered. */
export interface ShownOrder {
  readonly orderId: string;
  readonly state: string;
  readonly minted: number;
  readonly free: number;
  readonly leased: number;
  readonly failed: number;
  readonly confirmed: number;
  readonly issued: number;
  readonly void: number;
  readonly activated: number;
  readonly remaining: number;
  readonly refusal: { readonly code: string; readonly names: string[] } | null;
}

/** Creates a product that answers registrations. */
export async function makeProduct(
  { call }: Pick<TestService, 'call'>,
  registration: object = { mode: 'preregistered' },
): Promise<MadeProduct> {
  const { body } = await call<MadeProduct>('POST', '/api/v1/products', {
    name: 'test product',
    registration,
  });
  return body;
}

/** Places an order and waits until it is no longer minting. */
export async function makeOrder(
  service: Pick<TestService, 'call'>,
  productKey: string,
  order: { readonly quantity: number; readonly prefix?: string } & Record<string, unknown>,
): Promise<ShownOrder> {
  const { quantity, prefix = 'unit_', ...rest } = order;
  const { body, text } = await service.call<ShownOrder>(
    'POST',
    `/api/v1/products/${productKey}/orders`,
    { quantity, naming: { kind: 'sequence', prefix, width: 6 }, ...rest },
  );
  if (!body.orderId) throw new Error(`no order: ${text}`);
  return await waitUntilMinted(service, body.orderId);
}

/** Waits until an order has left the state `minting`, also through a database that is away. */
export async function waitUntilMinted(
  { call }: Pick<TestService, 'call'>,
  orderId: string,
): Promise<ShownOrder> {
  for (;;) {
    const { status, body } = await call<ShownOrder>('GET', `/api/v1/orders/${orderId}`);
    if (status !== 503 && body.state !== 'minting') return body;
    await setTimeout(5);
  }
}

/** Exports an order. Shape: from deviceName to deviceSecret. */
export async function exportTriples(
  { call }: Pick<TestService, 'call'>,
  orderId: string,
): Promise<Map<string, string>> {
  const { text } = await call('GET', `/api/v1/orders/${orderId}/triples`);
  const [header, ...lines] = text.trimEnd().split('\n');
  if (header !== 'productKey,deviceName,deviceSecret') throw new Error('unexpected header');
  return new Map(
    lines.map((line) => {
      const [, deviceName = '', deviceSecret = ''] = line.split(',');
      return [deviceName, deviceSecret];
    }),
  );
}
