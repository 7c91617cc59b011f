import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  RegistrationItem,
  RegistrationOutcome,
} from '../../src/registration/registration.store.js';
import { untilWaiting, whileHeld } from '../support/waiting.js';
import { auditOf, openRegistrar, requestOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;
let productVersion: number;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
  productVersion = registrar.directory.find(product.productKey)?.version ?? 0;
});

afterAll(async () => {
  await registrar.close();
});

function item(deviceName: string, change: Partial<RegistrationItem> = {}): RegistrationItem {
  return {
    productId: product.id,
    productVersion,
    deviceName,
    address: '192.0.2.7',
    protocol: 'aliyun-https',
    proof: 'current',
    refusal: null,
    ...change,
  };
}

async function register(
  ...items: RegistrationItem[]
): Promise<(RegistrationOutcome | { readonly verdict: 'locked' })[]> {
  return await registrar.store.register(registrar.database.single, items);
}

describe('one statement for many registrations', () => {
  it('answers every item in order, whatever becomes of the others', async () => {
    const orderId = await registrar.makeOrder(product, 'mix-', { quota: 2 });
    await registrar.query(`UPDATE device SET activated_at = now() WHERE name = 'mix-0004'`);
    const outcomes = await register(
      item('mix-0004'),
      item('mix-0003'),
      item('nobody-1'),
      item('mix-0002'),
      item('mix-0001'),
      item('mix-0001', { refusal: 'mode_off' }),
      item('mix-0001', { productVersion: productVersion - 1 }),
    );
    expect(outcomes.map(({ verdict }) => verdict)).toEqual([
      'device_active',
      'quota_used_up',
      'device_unknown',
      'granted',
      'granted',
      'mode_off',
      'policy_changed',
    ]);
    expect(outcomes[3]).toEqual({ verdict: 'granted', orderId, generation: 0 });
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 8, issued: 2, shown: 2 });
    expect(await auditOf(registrar, 'mix-0001')).toMatchObject([
      { action: 'device.registered' },
      { action: 'registration.refused', detail: { reason: 'mode_off' } },
    ]);
  });

  it('counts a device once that two callers want in the same moment', async () => {
    const orderId = await registrar.makeOrder(product, 'twin-', { quota: 1 });
    const outcomes = await register(
      item('twin-0001'),
      item('twin-0001', { address: '192.0.2.8' }),
      item('twin-0002'),
    );
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['granted', 'granted', 'quota_used_up']);
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 9, issued: 1, shown: 1 });
    expect(await auditOf(registrar, 'twin-0001')).toMatchObject([
      { address: '192.0.2.7', detail: { protocol: 'aliyun-https' } },
      { address: '192.0.2.8', detail: { repeat: true } },
    ]);
  });

  it('serves the orders of several products, each by its own quota', async () => {
    const other = await registrar.makeProduct();
    const version = registrar.directory.find(other.productKey)?.version ?? 0;
    const first = await registrar.makeOrder(product, 'left-', { quota: 1 });
    const second = await registrar.makeOrder(other, 'left-', { quota: 2 });
    const ofOther = { productId: other.id, productVersion: version };
    const outcomes = await register(
      item('left-0001'),
      item('left-0002'),
      item('left-0001', ofOther),
      item('left-0002', ofOther),
      item('left-0003', ofOther),
    );
    expect(outcomes.map(({ verdict }) => verdict)).toEqual([
      'granted',
      'quota_used_up',
      'granted',
      'granted',
      'quota_used_up',
    ]);
    expect((await registrar.count(first)).shown).toBe(1);
    expect((await registrar.count(second)).shown).toBe(2);
  });

  it('sees the last triple go to somebody else while it waited', async () => {
    const orderId = await registrar.makeOrder(product, 'wait-', { quota: 1 });
    const outcomes = await whileHeld(
      registrar.test.dataSource,
      `UPDATE order_count SET free = free - 1, leased = leased + 1, shown = shown + 1
       WHERE order_id = ${orderId}`,
      () => register(item('wait-0001')),
    );
    expect(outcomes).toMatchObject([{ verdict: 'quota_used_up' }]);
    expect(await registrar.count(orderId)).toMatchObject({ issued: 0, shown: 1 });
  });

  it('sees the quota raised while it waited', async () => {
    const orderId = await registrar.makeOrder(product, 'more-', { quota: 1 });
    await register(item('more-0001'));
    const outcomes = await whileHeld(
      registrar.test.dataSource,
      `UPDATE order_count SET quota = 2 WHERE order_id = ${orderId}`,
      () => register(item('more-0002')),
    );
    expect(outcomes).toMatchObject([{ verdict: 'granted' }]);
    expect(await registrar.count(orderId)).toMatchObject({ issued: 2, shown: 2 });
  });

  it('sees a device disabled while it waited', async () => {
    await registrar.makeOrder(product, 'late-');
    const { store, database } = registrar;
    const outcome = await whileHeld(
      registrar.test.dataSource,
      `UPDATE device SET disabled_at = now() WHERE name = 'late-0001'`,
      () => store.registerAlone(database.single, item('late-0001')),
    );
    expect(outcome).toMatchObject({ verdict: 'device_disabled' });
  });

  it('does nothing with a device that somebody else is at, and serves the others', async () => {
    const orderId = await registrar.makeOrder(product, 'held-');
    const outcomes = await whileLocked('held-0002', () =>
      register(item('held-0001'), item('held-0002'), item('held-0003')),
    );
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['granted', 'locked', 'granted']);
    expect(await registrar.count(orderId)).toMatchObject({ free: 8, issued: 2, shown: 2 });
    expect(await auditOf(registrar, 'held-0002')).toEqual([]);
  });
});

describe('a device that somebody else is at', () => {
  it('waits for its turn and holds up nobody else', async () => {
    const orderId = await registrar.makeOrder(product, 'turn-');
    const { service } = registrar;
    const late = await whileLocked('turn-0001', async () => {
      const waiting = service.register(requestOf(product, 'turn-0001'));
      await untilWaiting(registrar.test.dataSource);
      const others = ['turn-0002', 'turn-0003'].map((name) => requestOf(product, name));
      const results = await Promise.all(others.map((request) => service.register(request)));
      expect(results.map(({ kind }) => kind)).toEqual(['granted', 'granted']);
      return { waiting };
    });
    expect(await late.waiting).toMatchObject({ kind: 'granted' });
    expect(await registrar.count(orderId)).toMatchObject({ free: 7, issued: 3, shown: 3 });
  });
});

/** Works while another connection holds the row of a device. */
async function whileLocked<T>(deviceName: string, work: () => Promise<T>): Promise<T> {
  const holder = registrar.test.dataSource.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query('SELECT FROM device WHERE name = $1 FOR UPDATE', [deviceName]);
    return await work();
  } finally {
    await holder.rollbackTransaction();
    await holder.release();
  }
}
