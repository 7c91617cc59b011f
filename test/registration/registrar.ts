import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditStore } from '../../src/audit/audit.store.js';
import { systemActor } from '../../src/audit/audit-event.js';
import { RefusalCounter } from '../../src/audit/refusal-counter.js';
import { StrangerCounter } from '../../src/audit/stranger-counter.js';
import type { OrderState, Provisioning } from '../../src/core/lifecycle.js';
import type { RegistrationPolicy } from '../../src/core/registration-policy.js';
import type { Secret } from '../../src/core/secret.js';
import { registrationContent, sign } from '../../src/core/signing.js';
import { DeviceSecrets } from '../../src/devices/device-secrets.js';
import { GivenSecrets } from '../../src/devices/given-secrets.js';
import { GivenSecretsStore } from '../../src/devices/given-secrets.store.js';
import { OrderKeysStore } from '../../src/devices/order-keys.store.js';
import { OrderStore } from '../../src/orders/order.store.js';
import { StandingOrderService } from '../../src/orders/standing-order.service.js';
import { StandingOrderStore } from '../../src/orders/standing-order.store.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { openMasterKey } from '../../src/platform/keys/open-key-ring.js';
import { AddressLimit } from '../../src/platform/limits/address-limit.js';
import { createLogger } from '../../src/platform/logger.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { ProductDirectory } from '../../src/products/product-directory.js';
import { ProductService } from '../../src/products/product.service.js';
import { ProductStore } from '../../src/products/product.store.js';
import type {
  RegistrationRequest,
  RegistrationResult,
} from '../../src/registration/registration.js';
import { OpenRegistrationService } from '../../src/registration/open-registration.service.js';
import { OpenRegistrationStore } from '../../src/registration/open-registration.store.js';
import { AttemptLimits } from '../../src/registration/attempt-limits.js';
import { RefusalCache } from '../../src/registration/refusal-cache.js';
import { RefusalGate } from '../../src/registration/refusal-gate.js';
import { RegistrationBatches } from '../../src/registration/registration-batches.js';
import { RegistrationService } from '../../src/registration/registration.service.js';
import { RegistrationStore } from '../../src/registration/registration.store.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/** A product of a test. */
export interface TestProduct {
  readonly id: number;
  readonly productKey: string;
  readonly secret: Secret;
}

/** The counters of an order and the states of its devices as the rows themselves tell them. */
export interface Count {
  readonly minted: number;
  readonly free: number;
  readonly issued: number;
  readonly shown: number;
}

/** Registration on a real database, without the edges. */
export interface Registrar {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly service: RegistrationService;
  /** A second one on the same database, as another process would have it. */
  readonly replica: RegistrationService;
  readonly store: RegistrationStore;
  readonly products: ProductService;
  readonly directory: ProductDirectory;
  readonly strangers: StrangerCounter;
  readonly refusals: RefusalCounter;
  /** Not listening: a test tells what would be signalled. */
  readonly signals: Signals;
  query<T extends object>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  makeProduct(policy?: Partial<RegistrationPolicy>): Promise<TestProduct>;
  /** Places an order with devices `{prefix}{0001…}`; answers its number. */
  makeOrder(product: TestProduct, prefix: string, order?: Partial<TestOrder>): Promise<number>;
  count(orderId: number): Promise<Count>;
  close(): Promise<void>;
}

/** An order of a test. */
export interface TestOrder {
  readonly quantity: number;
  readonly quota: number;
  readonly state: OrderState;
  readonly provisioning: Provisioning;
}

/** Opens registration on a database of its own. */
export async function openRegistrar(): Promise<Registrar> {
  const test = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-registrar-'));
  const database = new Database(test.dataSource);
  const { ring } = await database.inTransaction((tx) =>
    openMasterKey(tx, join(folder, 'master.key'), new Date()),
  );
  const log = createLogger('silent');
  const audit = new AuditStore();
  const signals = new Signals(test.url, log);
  const productStore = new ProductStore();
  const directory = new ProductDirectory(database, productStore, ring, signals);
  const products = new ProductService(database, productStore, audit, ring, signals, directory);
  const secrets = new DeviceSecrets(
    database,
    ring,
    new OrderKeysStore(),
    new GivenSecrets(database, new GivenSecretsStore()),
  );
  const strangers = new StrangerCounter(database, audit, log);
  const store = new RegistrationStore();
  const openStore = new OpenRegistrationStore();
  const orders = new StandingOrderService(
    database,
    new OrderStore(),
    new StandingOrderStore(),
    products,
    secrets,
    audit,
  );
  const open = new OpenRegistrationService(database, openStore, secrets, orders, audit);
  const refusals = new RefusalCounter(database, audit, log);
  const makeService = (): RegistrationService => {
    const cache = new RefusalCache(signals);
    cache.onModuleInit();
    const gate = new RefusalGate(cache, new AttemptLimits(), refusals);
    const batches = new RegistrationBatches(database, store);
    const limit = new AddressLimit(0);
    return new RegistrationService(limit, directory, gate, batches, open, secrets, strangers);
  };
  const query = <T extends object>(sql: string, params: readonly unknown[] = []): Promise<T[]> =>
    rows<T>(database.single, sql, params);
  return {
    test,
    database,
    service: makeService(),
    replica: makeService(),
    store,
    products,
    directory,
    strangers,
    refusals,
    signals,
    query,
    makeProduct: async (policy = {}) => {
      const { row, secret } = await products.create(systemActor, {
        name: 'test',
        policy: { mode: 'preregistered', ...policy },
      });
      return { id: row.id, productKey: row.productKey, secret };
    },
    makeOrder: (product, prefix, order = {}) =>
      placeOrder(database, secrets, product, prefix, order),
    count: async (orderId) => {
      const [count] = await query<Count>(
        'SELECT minted, free, issued, shown FROM order_count WHERE order_id = $1',
        [orderId],
      );
      if (!count) throw new Error('no such order');
      return count;
    },
    close: async () => {
      await test.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function placeOrder(
  database: Database,
  secrets: DeviceSecrets,
  product: TestProduct,
  prefix: string,
  order: Partial<TestOrder>,
): Promise<number> {
  const { quantity = 10, state = 'open', provisioning = 'device-secret' } = order;
  const { quota = quantity } = order;
  const orders = new OrderStore();
  return await database.inTransaction(async (tx) => {
    const id = await orders.nextId(tx);
    const naming = { kind: 'sequence', prefix, start: 1, width: 4 } as const;
    await orders.insert(
      tx,
      id,
      {
        kind: 'mint',
        productId: product.id,
        quantity,
        quota,
        naming,
        provisioning,
        acceptVolatile: false,
        acceptProofs: ['digest'],
        firmware: [],
        expiresAt: null,
        stationIds: [],
        note: null,
      },
      secrets.makeSealedOrderKey(id),
    );
    await rows(
      tx,
      `INSERT INTO device (order_id, product_id, name)
       SELECT $1, $2, $3::text || lpad(n::text, 4, '0') FROM generate_series(1, $4::integer) n`,
      [id, product.id, prefix, quantity],
    );
    await rows(tx, 'UPDATE order_count SET minted = $2, free = $2 WHERE order_id = $1', [
      id,
      quantity,
    ]);
    await rows(tx, 'UPDATE production_order SET state = $2 WHERE id = $1', [id, state]);
    return id;
  });
}

/** A request that a module with the secret of its product would send. */
export function requestOf(
  product: { readonly productKey: string; readonly secret: Secret },
  deviceName: string,
  change: Partial<RegistrationRequest> = {},
): RegistrationRequest {
  const fields = { productKey: product.productKey, deviceName, random: '123456' };
  return {
    protocol: 'aliyun-https',
    ...fields,
    sign: sign('hmacsha256', product.secret, registrationContent(fields)),
    signMethod: 'hmacsha256',
    address: '192.0.2.7',
    isEncrypted: true,
    wants: 'secret',
    ...change,
  };
}

/** The secret that a registration gave. */
export function secretOf(result: RegistrationResult): string {
  if (result.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(result)}`);
  return result.triple.deviceSecret.expose();
}

/** What the history tells of a device. */
export async function auditOf(registrar: Registrar, deviceName: string): Promise<object[]> {
  return await registrar.query(
    `SELECT action, actor, address, product_key, device_name, order_id, detail
     FROM audit_event WHERE device_name = $1 ORDER BY id`,
    [deviceName],
  );
}

/** A running number as `makeOrder` names its devices. */
export function pad(number: number): string {
  return String(number).padStart(4, '0');
}
