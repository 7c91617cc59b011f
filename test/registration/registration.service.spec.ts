import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, openRegistrar, pad, requestOf, secretOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
});

afterAll(async () => {
  await registrar.close();
});

describe('a proven module', () => {
  it('gets its triple, and the same secret again', async () => {
    const orderId = await registrar.makeOrder(product, 'once-');
    const first = await registrar.service.register(requestOf(product, 'once-0001'));
    const again = await registrar.service.register(requestOf(product, 'once-0001'));
    const other = await registrar.service.register(requestOf(product, 'once-0002'));
    expect(first).toMatchObject({
      kind: 'granted',
      triple: { productKey: product.productKey, deviceName: 'once-0001' },
    });
    expect(secretOf(first)).toMatch(/^[0-9a-f]{32}$/);
    expect(secretOf(again)).toBe(secretOf(first));
    expect(secretOf(other)).not.toBe(secretOf(first));
    expect(await registrar.count(orderId)).toEqual({ minted: 10, free: 8, issued: 2, shown: 2 });
    const common = {
      action: 'device.registered',
      actor: 'device',
      address: '192.0.2.7',
      product_key: product.productKey,
      device_name: 'once-0001',
      order_id: orderId,
    };
    expect(await auditOf(registrar, 'once-0001')).toEqual([
      { ...common, detail: { protocol: 'aliyun-https' } },
      { ...common, detail: { protocol: 'aliyun-https', repeat: true } },
    ]);
  });

  it('gets the secret of the generation that the device has now', async () => {
    await registrar.makeOrder(product, 'gen-');
    const before = await registrar.service.register(requestOf(product, 'gen-0001'));
    await registrar.query(`UPDATE device SET generation = 1 WHERE name = 'gen-0001'`);
    const after = await registrar.service.register(requestOf(product, 'gen-0001'));
    expect(secretOf(after)).not.toBe(secretOf(before));
  });

  it('gets one secret however many callers race for it', async () => {
    const orderId = await registrar.makeOrder(product, 'race-', { quantity: 100 });
    const names = Array.from({ length: 200 }, (_, index) => `race-${pad((index % 100) + 1)}`);
    const results = await Promise.all(
      names.map((name, index) =>
        // Another address is another caller, whom the batcher may not fold into the first.
        registrar.service.register(
          requestOf(product, name, { address: index < 100 ? '192.0.2.1' : '192.0.2.2' }),
        ),
      ),
    );
    const secrets = results.map(secretOf);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.slice(0, 100)).toEqual(secrets.slice(100));
    expect(await registrar.count(orderId)).toEqual({
      minted: 100,
      free: 0,
      issued: 100,
      shown: 100,
    });
    const told = await registrar.query(
      `SELECT device_name FROM audit_event WHERE order_id = $1 AND action = 'device.registered'
         AND NOT detail ? 'repeat'`,
      [orderId],
    );
    expect(told).toHaveLength(100);
    const repeats = await registrar.query(
      `SELECT device_name FROM audit_event WHERE order_id = $1 AND detail ? 'repeat'`,
      [orderId],
    );
    expect(repeats).toHaveLength(100);
  });

  it('never gets more out of an order than its quota, whichever replica it asks', async () => {
    const orderId = await registrar.makeOrder(product, 'quota-', { quantity: 60, quota: 20 });
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const { service, replica } = registrar;
        const asked = index % 2 === 0 ? service : replica;
        return asked.register(requestOf(product, `quota-${pad(index + 1)}`));
      }),
    );
    expect(results.filter(({ kind }) => kind === 'granted')).toHaveLength(20);
    const refused = results.filter(({ kind }) => kind === 'refused');
    expect(refused).toHaveLength(40);
    expect(new Set(refused.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify({ kind: 'refused', reason: 'quota_used_up' })]),
    );
    expect(await registrar.count(orderId)).toEqual({ minted: 60, free: 40, issued: 20, shown: 20 });
    const states = await registrar.query(
      'SELECT state, count(*)::integer FROM device WHERE order_id = $1 GROUP BY 1 ORDER BY 1',
      [orderId],
    );
    expect(states).toEqual([
      { state: 'free', count: 40 },
      { state: 'issued', count: 20 },
    ]);
  });

  it('still gets what it was given when the quota is used up', async () => {
    await registrar.makeOrder(product, 'full-', { quota: 1 });
    const first = await registrar.service.register(requestOf(product, 'full-0001'));
    const second = await registrar.service.register(requestOf(product, 'full-0002'));
    const again = await registrar.service.register(requestOf(product, 'full-0001'));
    expect(second).toEqual({ kind: 'refused', reason: 'quota_used_up' });
    expect(secretOf(again)).toBe(secretOf(first));
  });
});
