import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '../../src/audit/audit-event.js';
import { auditOf, openRegistrar, pad, requestOf, secretOf } from './registrar.js';
import type { Registrar, TestProduct } from './registrar.js';

let registrar: Registrar;

beforeAll(async () => {
  registrar = await openRegistrar();
});

afterAll(async () => {
  await registrar.close();
});

const hour = 3_600_000;

async function registered(product: TestProduct): Promise<number> {
  return (await registrar.products.get(product.productKey)).registered;
}

describe('the quota of a product', () => {
  it('is never exceeded, however many orders and callers there are, and repeats are free', async () => {
    const product = await registrar.makeProduct({ quota: 15 });
    await registrar.makeOrder(product, 'quo-a-');
    await registrar.makeOrder(product, 'quo-b-');
    const names = Array.from({ length: 20 }, (_, index) =>
      index < 10 ? `quo-a-${pad(index + 1)}` : `quo-b-${pad(index - 9)}`,
    );
    const ask = (services: readonly Registrar['service'][]) =>
      Promise.all(
        names.flatMap((name) => services.map((one) => one.register(requestOf(product, name)))),
      );
    const first = await ask([registrar.service, registrar.replica]);
    const granted = first.filter(({ kind }) => kind === 'granted').length;
    expect(granted).toBeLessThanOrEqual(30);
    for (let round = 0; round < 3; round += 1) await ask([registrar.service]);
    expect(await registered(product)).toBe(15);
    const last = await ask([registrar.service]);
    expect(last.filter(({ kind }) => kind === 'granted')).toHaveLength(15);
    expect(last.filter(({ kind }) => kind === 'refused')).toEqual(
      Array.from({ length: 5 }, () => ({ kind: 'refused', reason: 'product_quota_used_up' })),
    );
  });

  it('can be raised, and null takes it away', async () => {
    const product = await registrar.makeProduct({ quota: 0 });
    await registrar.makeOrder(product, 'raise-');
    const request = requestOf(product, 'raise-0001');
    expect(await registrar.service.register(request)).toMatchObject({
      reason: 'product_quota_used_up',
    });
    await registrar.products.change(systemActor, product.productKey, { policy: { quota: null } });
    expect((await registrar.service.register(request)).kind).toBe('granted');
  });
});

describe('the window of a product', () => {
  it.each([
    ['not begun', { opensAt: new Date(Date.now() + hour) }],
    ['ended', { closesAt: new Date(Date.now() - hour) }],
  ])('refuses who comes when it has %s', async (_, window) => {
    const product = await registrar.makeProduct(window);
    await registrar.makeOrder(product, 'shut-');
    expect(await registrar.service.register(requestOf(product, 'shut-0001'))).toEqual({
      kind: 'refused',
      reason: 'outside_window',
    });
    expect(await auditOf(registrar, 'shut-0001')).toContainEqual(
      expect.objectContaining({
        product_key: product.productKey,
        detail: { protocol: 'aliyun-https', reason: 'outside_window' },
      }),
    );
  });

  it('lets in who comes between its ends', async () => {
    const product = await registrar.makeProduct({
      opensAt: new Date(Date.now() - hour),
      closesAt: new Date(Date.now() + hour),
    });
    await registrar.makeOrder(product, 'open-');
    expect((await registrar.service.register(requestOf(product, 'open-0001'))).kind).toBe(
      'granted',
    );
  });
});

describe('the networks of a product', () => {
  it.each([
    ['192.0.2.7', 'granted'],
    ['192.0.3.1', 'refused'],
    ['::ffff:192.0.2.9', 'granted'],
    ['2001:db8:1::5', 'granted'],
    ['2001:db9::1', 'refused'],
    ['', 'refused'],
  ])('decide on a caller from %j: %s', async (address, kind) => {
    const product = await registrar.makeProduct({
      allowedNetworks: ['192.0.2.0/24', '2001:db8::/32'],
    });
    await registrar.makeOrder(product, 'net-');
    const result = await registrar.service.register(requestOf(product, 'net-0001', { address }));
    expect(result.kind).toBe(kind);
    if (result.kind === 'refused') expect(result.reason).toBe('network_refused');
  });
});

describe('a repeat', () => {
  it('gets the same secret until activation, and one from another address is flagged', async () => {
    const product = await registrar.makeProduct();
    await registrar.makeOrder(product, 'same-');
    const ask = (address: string) =>
      registrar.service.register(requestOf(product, 'same-0001', { address }));
    const first = secretOf(await ask('192.0.2.7'));
    expect(secretOf(await ask('192.0.2.7'))).toBe(first);
    expect(secretOf(await ask('198.51.100.1'))).toBe(first);
    expect(secretOf(await ask('198.51.100.1'))).toBe(first);
    await registrar.query(`UPDATE device SET activated_at = now() WHERE name = 'same-0001'`);
    expect(await ask('203.0.113.9')).toEqual({ kind: 'refused', reason: 'device_active' });
    const details = (await auditOf(registrar, 'same-0001')).map((row) => ({ ...row }));
    const protocol = 'aliyun-https';
    expect(details).toMatchObject([
      { detail: { protocol } },
      { detail: { protocol, repeat: true } },
      { detail: { protocol, repeat: true, usualAddress: '192.0.2.7' } },
      { detail: { protocol, repeat: true } },
      { detail: { protocol, reason: 'device_active', usualAddress: '198.51.100.1' } },
    ]);
    expect(details[1]).not.toHaveProperty('detail.usualAddress');
    expect(details[3]).not.toHaveProperty('detail.usualAddress');
    expect(await registered(product)).toBe(1);
  });

  it('gets a new secret where the policy rotates, and the one before is worth nothing', async () => {
    const product = await registrar.makeProduct({ repeat: 'rotate' });
    const orderId = await registrar.makeOrder(product, 'turn-');
    const ask = () => registrar.service.register(requestOf(product, 'turn-0001'));
    const secrets = [await ask(), await ask(), await ask()].map(secretOf);
    expect(new Set(secrets).size).toBe(3);
    expect(await registrar.query(`SELECT generation FROM device WHERE name = 'turn-0001'`)).toEqual(
      [{ generation: 2 }],
    );
    expect(await registrar.count(orderId)).toMatchObject({ issued: 1, shown: 1 });
    expect(await auditOf(registrar, 'turn-0001')).toMatchObject([
      { detail: { protocol: 'aliyun-https' } },
      { detail: { repeat: true, rotated: true } },
      { detail: { repeat: true, rotated: true } },
    ]);
  });
});

describe('a product whose secret is rotated', () => {
  const rotate = (product: TestProduct, previousValidForSeconds: number) =>
    registrar.products.rotateSecret(systemActor, product.productKey, {
      secret: undefined,
      previousValidForSeconds,
    });

  it('knows both secrets until the stated time, and tells which was used', async () => {
    const product = await registrar.makeProduct();
    await registrar.makeOrder(product, 'both-');
    const { secret, previousValidUntil } = await rotate(product, 3600);
    expect(previousValidUntil.getTime()).toBeGreaterThan(Date.now());
    const { service } = registrar;
    expect((await service.register(requestOf(product, 'both-0001'))).kind).toBe('granted');
    const renewed = { ...product, secret };
    expect((await service.register(requestOf(renewed, 'both-0002'))).kind).toBe('granted');
    expect(await auditOf(registrar, 'both-0001')).toMatchObject([
      { detail: { previousProductSecret: true } },
    ]);
    const [current] = await auditOf(registrar, 'both-0002');
    expect(current).not.toHaveProperty('detail.previousProductSecret');
  });

  it('takes who holds the ended secret for a stranger, and so the third-last one at once', async () => {
    const product = await registrar.makeProduct();
    await registrar.makeOrder(product, 'gone-');
    const { service } = registrar;
    await rotate(product, 0);
    expect(await service.register(requestOf(product, 'gone-0001'))).toEqual({ kind: 'stranger' });
    const { secret: second } = await rotate(product, 3600);
    await rotate(product, 3600);
    expect(await service.register(requestOf({ ...product, secret: second }, 'gone-0001'))).toEqual(
      expect.objectContaining({ kind: 'granted' }),
    );
    expect(await service.register(requestOf(product, 'gone-0001'))).toEqual({ kind: 'stranger' });
  });
});
