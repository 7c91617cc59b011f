import { createHmac } from 'node:crypto';
import { rows } from '../../src/platform/database/query.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import type { TestService } from '../support/service.js';

/** A triple as its unit holds it. */
export interface TestDevice {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
}

/** A product with one order of devices that exist nowhere else. */
export interface Fleet extends MadeProduct {
  readonly orderId: string;
  readonly devices: readonly [TestDevice, ...TestDevice[]];
}

/** Makes a product, mints devices for it and exports them, as for a line that flashes by hand. */
export async function makeFleet(
  service: TestService,
  options: { readonly quantity: number; readonly quota?: number },
): Promise<Fleet> {
  const product = await makeProduct(service, { mode: 'preregistered', allowPlaintext: true });
  const { productKey } = product;
  const { orderId } = await makeOrder(service, productKey, options);
  const triples = await exportTriples(service, orderId);
  const [first, ...others] = [...triples].map(([deviceName, deviceSecret]) => ({
    productKey,
    deviceName,
    deviceSecret,
  }));
  if (!first) throw new Error('an order without devices');
  return { ...product, orderId, devices: [first, ...others] };
}

/** What a device sends to log in, computed here on its own. Source: Alibaba, MQTT over TCP. */
export function credentials(
  { productKey, deviceName, deviceSecret }: TestDevice,
  options: { readonly id?: string; readonly params?: string } = {},
): { readonly clientId: string; readonly username: string; readonly password: string } {
  const { id = `${productKey}.${deviceName}`, params = 'securemode=3,signmethod=hmacsha256' } =
    options;
  const method = /signmethod=hmac(\w+)/.exec(params)?.[1] ?? 'md5';
  const stamp = /timestamp=(\w+)/.exec(params)?.[0].replace('=', '') ?? '';
  const content = `clientId${id}deviceName${deviceName}productKey${productKey}${stamp}`;
  return {
    clientId: `${id}|${params}|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac(method, deviceSecret).update(content).digest('hex'),
  };
}

/** Lets a product have a topic class. */
export async function setTopic(
  { call }: TestService,
  productKey: string,
  name: string,
  operation: 'PUB' | 'SUB' | 'ALL',
): Promise<void> {
  const body = { name, operation };
  const { status, text } = await call('POST', `/api/v1/products/${productKey}/topics`, body);
  if (status !== 201) throw new Error(text);
}

/** Reads rows of the database of a service. */
export async function query<T extends object>(
  { database }: TestService,
  sql: string,
  params: readonly unknown[] = [],
): Promise<T[]> {
  return await rows<T>(database.dataSource, sql, params);
}
