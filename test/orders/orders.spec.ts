import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTriples, makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const naming = (prefix: string, width = 6) => ({ kind: 'sequence', prefix, width });

describe('an order', () => {
  it('mints exactly its quantity, each name and each secret once', async () => {
    const { productKey } = await makeProduct(service);
    const order = await makeOrder(service, productKey, { quantity: 25_000 });
    expect(order).toMatchObject({ state: 'open', minted: 25_000, free: 25_000, remaining: 25_000 });
    const triples = await exportTriples(service, order.orderId);
    expect(triples.size).toBe(25_000);
    expect(new Set(triples.values()).size).toBe(25_000);
    expect(triples.get('unit_000001')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('gives the same file every time it is exported', async () => {
    const { productKey } = await makeProduct(service);
    const { orderId } = await makeOrder(service, productKey, { quantity: 50 });
    expect(await exportTriples(service, orderId)).toEqual(await exportTriples(service, orderId));
  });

  it('is refused with the offending names when they break the rules', async () => {
    const { productKey } = await makeProduct(service);
    const path = `/api/v1/products/${productKey}/orders`;
    for (const [prefix, names] of [
      ['bad name ', ['bad name 000001', 'bad name 000002']],
      ['x'.repeat(27), [`${'x'.repeat(27)}000001`, `${'x'.repeat(27)}000002`]],
    ] as const) {
      const { status, body } = await service.call('POST', path, {
        quantity: 2,
        naming: naming(prefix),
      });
      expect(status).toBe(422);
      expect(body).toMatchObject({ code: 'order.names_invalid', data: { names } });
    }
  });

  it('is refused with the names that exist already, and mints nothing', async () => {
    const { productKey } = await makeProduct(service);
    await makeOrder(service, productKey, { quantity: 10, prefix: 'taken_' });
    const { status, body } = await service.call('POST', `/api/v1/products/${productKey}/orders`, {
      quantity: 10,
      naming: { ...naming('taken_'), start: 9 },
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'order.names_taken',
      data: { names: ['taken_000009', 'taken_000010'] },
    });
  });

  it('is refused as a whole when another order takes its names while it mints', async () => {
    const { productKey } = await makeProduct(service);
    const place = () =>
      service.call<ShownOrder>('POST', `/api/v1/products/${productKey}/orders`, {
        quantity: 15_000,
        naming: naming('race_'),
      });
    const placed = (await Promise.all([place(), place()])).filter(({ status }) => status === 202);
    const ended = await Promise.all(
      placed.map(({ body }) => waitUntilMinted(service, body.orderId)),
    );
    expect(ended.filter(({ state }) => state === 'open')).toHaveLength(1);
    for (const refused of ended.filter(({ state }) => state === 'refused')) {
      expect(refused).toMatchObject({ free: 0, remaining: 0 });
      expect(refused.void).toBe(refused.minted);
      expect(refused.refusal?.code).toBe('order.names_taken');
      expect(refused.refusal?.names).toHaveLength(10);
      const { status } = await service.call('GET', `/api/v1/orders/${refused.orderId}/triples`);
      expect(status).toBe(409);
    }
  });

  it('says which field is wrong', async () => {
    const { productKey } = await makeProduct(service);
    const path = `/api/v1/products/${productKey}/orders`;
    const good = { quantity: 5, naming: naming('fine_') };
    for (const [wrong, field] of [
      [{ quantity: -1 }, 'quantity'],
      [{ quantity: 1.5 }, 'quantity'],
      [{ quantity: '5' }, 'quantity'],
      [{ naming: { kind: 'sequence', prefix: 'a' } }, 'naming.width'],
      [{ quota: 0 }, 'quota'],
      [{ stations: ['st-x'] }, 'stations.0'],
      [{ surprise: 1 }, ''],
    ] as const) {
      const { status, body } = await service.call<{ code: string; data: { fields: unknown } }>(
        'POST',
        path,
        { ...good, ...wrong },
      );
      expect(status).toBe(422);
      expect(body.code).toBe('request.invalid');
      expect(body.data.fields).toMatchObject([{ path: field }]);
    }
    const tooMuch = await service.call('POST', path, { ...good, quota: 6 });
    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'order.quota_invalid' } });
  });

  it('of an unknown product is refused', async () => {
    const { status, body } = await service.call('POST', '/api/v1/products/a1nobody/orders', {
      quantity: 1,
      naming: naming('none_'),
    });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'product.not_found' });
  });
});
