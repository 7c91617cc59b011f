import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { openRegistrar, requestOf } from './registrar.js';
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

describe('a stranger', () => {
  it('gets one answer for an unknown product and for a wrong signature', async () => {
    await registrar.makeOrder(product, 'strange-');
    const good = requestOf(product, 'strange-0001');
    const off = requestOf(await registrar.makeProduct({ mode: 'off' }), 'strange-0001');
    const strangers = [
      { ...good, sign: '0'.repeat(64) },
      { ...good, sign: good.sign?.slice(0, -1) },
      { ...good, random: '654321' },
      { ...good, signMethod: 'hmacsha1' },
      { ...good, productKey: 'a1nowhere00' },
      { ...good, productKey: '__proto__' },
      { ...good, isEncrypted: false, sign: '00' },
      { ...off, sign: good.sign },
    ];
    const before = await registrar.query('SELECT id FROM audit_event');
    for (const request of strangers) {
      expect(await registrar.service.register(request)).toEqual({ kind: 'stranger' });
    }
    expect(await registrar.query('SELECT id FROM audit_event')).toEqual(before);
    const [device] = await registrar.query(`SELECT state FROM device WHERE name = 'strange-0001'`);
    expect(device).toEqual({ state: 'free' });
  });

  it('is not believed when it signs with the text that stands in for a missing secret', async () => {
    const pretended = { productKey: 'a1nowhere00', secret: new Secret('no product, no secret') };
    expect(await registrar.service.register(requestOf(pretended, 'any-0001'))).toEqual({
      kind: 'stranger',
    });
  });

  it('is told of a request that nobody could read, whatever the product', async () => {
    const good = requestOf(product, 'strange-0001');
    const malformed = [
      { ...good, productKey: undefined },
      { ...good, deviceName: '' },
      { ...good, random: undefined },
      { ...good, sign: undefined },
      { ...good, signMethod: undefined },
      { ...good, signMethod: 'hmacsha512' },
      { ...good, random: 'x'.repeat(257) },
      { ...good, deviceName: 'nul\0byte' },
    ];
    for (const request of malformed) {
      expect(await registrar.service.register(request)).toEqual({ kind: 'malformed' });
    }
  });

  it('is counted under its address and the product key as it was sent', async () => {
    const address = '198.51.100.9';
    const request = requestOf(product, 'any-0001', { address, sign: '00' });
    await registrar.service.register(request);
    await registrar.service.register(request);
    await registrar.service.register({ ...request, productKey: 'a1nowhere00' });
    await registrar.service.register({ ...request, productKey: undefined });
    await registrar.strangers.flush();
    const counts = await registrar.query(
      `SELECT product_key, sum(count)::integer AS count FROM stranger_refusal
       WHERE address = $1 GROUP BY 1 ORDER BY 1`,
      [address],
    );
    expect(counts).toEqual(
      [
        { product_key: '', count: 1 },
        { product_key: 'a1nowhere00', count: 1 },
        { product_key: product.productKey, count: 2 },
      ].sort((a, b) => (a.product_key < b.product_key ? -1 : 1)),
    );
  });
});
