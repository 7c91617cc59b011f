import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, openRegistrar, requestOf, secretOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;
let product: TestProduct;
let serial = 0;

beforeAll(async () => {
  registrar = await openRegistrar();
  product = await registrar.makeProduct();
});

afterAll(async () => {
  await registrar.close();
});

describe('a refusal of a proven module', () => {
  it.each([
    ['a void device', 'device_unknown', `state = 'void'`, {}],
    ['an activated device', 'device_active', `state = 'issued', activated_at = now()`, {}],
    ['a free device that was activated', 'device_active', 'activated_at = now()', {}],
    ['a disabled device', 'device_disabled', 'disabled_at = now()', {}],
    ['a device that a station leased', 'device_held', `state = 'leased'`, {}],
    ['a device that a station confirmed', 'device_held', `state = 'confirmed'`, {}],
    ['a device of an order that mints', 'device_unknown', `state = 'free'`, { state: 'minting' }],
    ['a device of a refused order', 'device_unknown', `state = 'free'`, { state: 'refused' }],
    ['a device of an aborted order', 'device_unknown', `state = 'issued'`, { state: 'aborted' }],
  ] as const)('is given for %s: %s', async (_, reason, change, order) => {
    serial += 1;
    const prefix = `no-${serial}-`;
    const orderId = await registrar.makeOrder(product, prefix, order);
    const before = await registrar.count(orderId);
    await registrar.query(`UPDATE device SET ${change} WHERE name = $1`, [`${prefix}0001`]);
    const result = await registrar.service.register(requestOf(product, `${prefix}0001`));
    expect(result).toEqual({ kind: 'refused', reason });
    expect(await registrar.count(orderId)).toEqual(before);
    expect(await auditOf(registrar, `${prefix}0001`)).toEqual([
      {
        action: 'registration.refused',
        actor: 'device',
        address: '192.0.2.7',
        product_key: product.productKey,
        device_name: `${prefix}0001`,
        order_id: orderId,
        detail: { protocol: 'aliyun-https', reason },
      },
    ]);
  });

  it.each(['leased', 'confirmed'])(
    'is not given for a device that is %s in a product-secret order',
    async (state) => {
      const prefix = `held-${state.slice(0, 4)}-`;
      const orderId = await registrar.makeOrder(product, prefix, {
        provisioning: 'product-secret',
      });
      const before = await registrar.count(orderId);
      await registrar.query('UPDATE device SET state = $1 WHERE name = $2', [
        state,
        `${prefix}0001`,
      ]);
      const result = await registrar.service.register(requestOf(product, `${prefix}0001`));
      expect(secretOf(result)).toMatch(/^[0-9a-f]{32}$/);
      expect(await registrar.count(orderId)).toEqual(before);
      const found = await registrar.query('SELECT state FROM device WHERE name = $1', [
        `${prefix}0001`,
      ]);
      expect(found).toEqual([{ state }]);
    },
  );

  it.each(['closed', 'open'] as const)('is not given because an order is %s', async (state) => {
    await registrar.makeOrder(product, `${state}-`, { state });
    const result = await registrar.service.register(requestOf(product, `${state}-0001`));
    expect(result.kind).toBe('granted');
  });

  it.each([
    ['a name that was never minted', 'never-0001'],
    ['a name that no device can have', 'x'],
    ['a name that is far too long', 'x'.repeat(200)],
  ])('is given for %s: device_unknown', async (_, deviceName) => {
    const result = await registrar.service.register(requestOf(product, deviceName));
    expect(result).toEqual({ kind: 'refused', reason: 'device_unknown' });
    expect(await auditOf(registrar, deviceName.slice(0, 64))).toMatchObject([
      { action: 'registration.refused', order_id: null, detail: { reason: 'device_unknown' } },
    ]);
  });

  it('is given for a name of another product', async () => {
    const other = await registrar.makeProduct();
    await registrar.makeOrder(product, 'mine-');
    const result = await registrar.service.register(requestOf(other, 'mine-0001'));
    expect(result).toEqual({ kind: 'refused', reason: 'device_unknown' });
  });

  it('is given when registration is off or the connection is plain, and names the cause', async () => {
    const off = await registrar.makeProduct({ mode: 'off' });
    await registrar.makeOrder(off, 'off-');
    const plain = { isEncrypted: false };
    const refused = await registrar.service.register(requestOf(off, 'off-0001'));
    const refusedPlain = await registrar.service.register(requestOf(off, 'off-0002', plain));
    expect(refused).toEqual({ kind: 'refused', reason: 'mode_off' });
    expect(refusedPlain).toEqual({ kind: 'refused', reason: 'plaintext_refused' });
    expect(await auditOf(registrar, 'off-0001')).toMatchObject([
      { detail: { reason: 'mode_off' } },
    ]);
    expect(await auditOf(registrar, 'off-0002')).toMatchObject([
      { detail: { reason: 'plaintext_refused' } },
    ]);
  });

  it('is not given on a plain connection when the product allows it', async () => {
    const open = await registrar.makeProduct({ allowPlaintext: true });
    await registrar.makeOrder(open, 'plain-');
    const request = requestOf(open, 'plain-0001', { isEncrypted: false });
    expect((await registrar.service.register(request)).kind).toBe('granted');
  });
});
