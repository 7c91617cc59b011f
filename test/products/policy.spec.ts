import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const products = '/api/v1/products';
const limits = {
  mode: 'preregistered',
  repeat: 'rotate',
  quota: 5000,
  opensAt: '2026-01-01T00:00:00.000Z',
  closesAt: '2027-01-01T00:00:00.000Z',
  allowedNetworks: ['10.0.0.0/8', '2001:db8::/32'],
  maxPerSecond: 50,
  unitsPerName: 3,
};

describe('the limits of a registration policy', () => {
  it('are kept, stay when others change, and go with null', async () => {
    const { productKey } = await makeProduct(service, limits);
    const path = `${products}/${productKey}`;
    await service.call('PATCH', path, { registration: { allowPlaintext: true } });
    expect((await service.call('GET', path)).body).toMatchObject({
      registration: { ...limits, allowPlaintext: true, registered: 0 },
    });
    const without = { quota: null, opensAt: null, closesAt: null, maxPerSecond: null };
    const registration = { ...without, allowedNetworks: null };
    const { body } = await service.call('PATCH', path, { registration });
    expect(body).toMatchObject({
      registration: { ...limits, ...without, allowedNetworks: [], allowPlaintext: true },
    });
  });

  it.each([
    [{ allowedNetworks: ['10.0.0.0'] }, 'allowedNetworks'],
    [{ allowedNetworks: ['10.0.0.0/40'] }, 'allowedNetworks'],
    [{ opensAt: 'tomorrow' }, 'opensAt'],
    [{ quota: -1 }, 'quota'],
    [{ quota: 1.5 }, 'quota'],
    [{ maxPerSecond: 0 }, 'maxPerSecond'],
    [{ unitsPerName: 6 }, 'unitsPerName'],
    [{ repeat: 'often' }, 'repeat'],
    [{ mode: 'wide' }, 'mode'],
  ])('%j is refused by name', async (registration, field) => {
    const { status, text } = await service.call('POST', products, { name: 'x', registration });
    expect(status).toBe(422);
    expect(text).toContain(`registration.${field}`);
  });

  it('make no window that ends before it begins, also in two steps', async () => {
    const { productKey } = await makeProduct(service, { opensAt: limits.closesAt });
    const path = `${products}/${productKey}`;
    const registration = { closesAt: limits.opensAt };
    const { status, body } = await service.call('PATCH', path, { registration });
    expect([status, body['code']]).toEqual([422, 'policy.window_empty']);
    expect((await service.call('GET', path)).body).toMatchObject({
      registration: { closesAt: null },
    });
  });
});

describe('the rotation of a product secret', () => {
  interface Rotated {
    readonly productSecret: string;
    readonly previousValidUntil: string;
  }

  it('shows the new secret once and until when the one before is valid', async () => {
    const { productKey, productSecret } = await makeProduct(service);
    const path = `${products}/${productKey}`;
    const { status, body } = await service.call<Rotated>('POST', `${path}/secret/rotate`, {
      previousValidForSeconds: 3600,
    });
    expect(status).toBe(200);
    expect(body.productSecret).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(body.productSecret).not.toBe(productSecret);
    const aheadMs = new Date(body.previousValidUntil).getTime() - Date.now();
    expect(aheadMs).toBeGreaterThan(3_500_000);
    expect(aheadMs).toBeLessThanOrEqual(3_600_000);
    const shown = await service.call('GET', path);
    expect(shown.body).toMatchObject({ previousValidUntil: body.previousValidUntil });
    expect(shown.text).not.toContain(body.productSecret);
    await service.call('POST', `${path}/secret/rotate`, { previousValidForSeconds: 0 });
    expect((await service.call('GET', path)).body).toMatchObject({ previousValidUntil: null });
  });

  it('takes a secret that firmware will have, and keeps the old one for thirty days', async () => {
    const { productKey } = await makeProduct(service);
    const given = { productSecret: 'FirmwareSecret02' };
    const path = `${products}/${productKey}/secret/rotate`;
    const { body } = await service.call<Rotated>('POST', path, given);
    expect(body.productSecret).toBe(given.productSecret);
    const days = (new Date(body.previousValidUntil).getTime() - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
  });

  it('needs no body, and a product', async () => {
    const { productKey } = await makeProduct(service);
    expect((await service.call('POST', `${products}/${productKey}/secret/rotate`)).status).toBe(
      200,
    );
    const { status, body } = await service.call('POST', `${products}/nobody/secret/rotate`, {});
    expect([status, body['code']]).toEqual([404, 'product.not_found']);
  });
});
