import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { shown } from './figures.js';
import type { Triple } from './load/wave.js';
import { mintOrder } from './minting.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startService } from './service.js';
import type { Service } from './service.js';

/** How the devices of registrations are called, on both sides. */
export const naming = { prefix: 'BENCH_', width: 8 };

/** Whose devices register where. */
export interface Side {
  readonly port: number;
  readonly productKey: string;
  readonly productSecret: string;
}

/** The service with a database of its own and an order of devices that wait to be registered. */
export interface Registrar {
  readonly database: BenchDatabase;
  readonly service: Service;
  readonly product: Omit<Side, 'port'>;
  readonly orderId: string;
  readonly quantity: number;
}

/** Starts a registrar. Shape: `name` is that of the database; the product allows plain TCP. */
export async function startRegistrar(
  bench: Bench,
  server: BenchServer,
  name: string,
  quantity: number,
): Promise<Registrar> {
  const database = await server.createDatabase(name);
  const service = await startService(bench.cleanup, {
    DATA_DIR: server.folder,
    DATABASE_URL: database.url,
  });
  bench.say(`  minting ${shown(quantity)} devices`);
  const product = await service.api.post<Registrar['product']>('/products', {
    name: 'bench',
    registration: { mode: 'preregistered', allowPlaintext: true },
  });
  const { orderId } = await mintOrder(service.api, product.productKey, quantity, naming);
  return { database, service, product, orderId, quantity };
}

/** Hands all triples out, as for a line that flashes by hand. */
export async function exportedTriples({ service, orderId }: Registrar): Promise<Triple[]> {
  const csv = await service.api.text(`/orders/${orderId}/triples?format=csv`);
  const [, ...lines] = csv.trimEnd().split('\n');
  return lines.map((line) => {
    const [productKey = '', deviceName = '', deviceSecret = ''] = line.split(',');
    return { productKey, deviceName, deviceSecret };
  });
}

/** Checks that every device was registered once: row, counters and history. */
export async function assertRegistered({ database, orderId, quantity }: Registrar): Promise<void> {
  const [told] = await database.query<Record<string, number>>(
    `SELECT (SELECT issued FROM order_count WHERE order_id = $1) AS counted,
       (SELECT shown FROM order_count WHERE order_id = $1) AS shown,
       (SELECT count(*)::integer FROM device WHERE order_id = $1 AND state = 'issued') AS issued,
       count(*)::integer AS events, count(DISTINCT device_name)::integer AS devices
     FROM audit_event WHERE action = 'device.registered' AND NOT detail ? 'repeat'`,
    [Number(orderId.replace('ord-', ''))],
  );
  for (const [what, count] of Object.entries(told ?? {})) {
    assertRight(count === quantity, `${what} is ${count}, and ${quantity} devices were registered`);
  }
}
