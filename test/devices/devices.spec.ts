import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeviceSecrets } from '../../src/devices/device-secrets.js';
import { GivenSecrets } from '../../src/devices/given-secrets.js';
import { GivenSecretsStore } from '../../src/devices/given-secrets.store.js';
import { OrderKeysStore } from '../../src/devices/order-keys.store.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { KeyRing } from '../../src/platform/keys/key-ring.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface ShownDevice {
  readonly deviceName: string;
  readonly state: string;
}

interface Page {
  readonly items: readonly ShownDevice[];
  readonly nextCursor: string | null;
}

let service: TestService;
let productKey: string;
let orderId: string;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  ({ orderId } = await makeOrder(service, productKey, { quantity: 25, prefix: 'unit_' }));
  await makeOrder(service, productKey, { quantity: 5, prefix: 'Unit@a:b.' });
  const other = await makeProduct(service);
  await makeOrder(service, other.productKey, { quantity: 3, prefix: 'other_' });
});
afterAll(async () => {
  await service.stop();
});

async function page(query: string): Promise<Page> {
  const path = `/api/v1/products/${productKey}/devices${query}`;
  return (await service.call<Page>('GET', path)).body;
}

async function names(query: string): Promise<string[]> {
  return (await page(query)).items.map(({ deviceName }) => deviceName);
}

describe('the devices of a product', () => {
  it('come by name, in pages that neither repeat nor leave out', async () => {
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor }: Page = await page(
        `?limit=7&cursor=${encodeURIComponent(cursor)}`,
      );
      paged.push(...items.map(({ deviceName }) => deviceName));
      cursor = nextCursor;
    }
    expect(paged).toHaveLength(30);
    expect(paged).toEqual([...paged].sort());
    expect(paged).toEqual(await names(''));
  });

  it('are found by the beginning of their name', async () => {
    expect(await names('?prefix=unit_00001')).toEqual(
      Array.from({ length: 10 }, (_, index) => `unit_00001${index}`),
    );
    expect(await names('?prefix=unit_000025')).toEqual(['unit_000025']);
    expect(await names(`?prefix=${encodeURIComponent('Unit@a:b.')}`)).toHaveLength(5);
    expect(await names('?prefix=%25')).toEqual([]); // a percent sign is no wildcard
    expect(await names('?prefix=_nit')).toEqual([]);
    expect(await names('?prefix=other_')).toEqual([]);
  });

  it('are found by their state', async () => {
    expect(await names('?state=free')).toHaveLength(30);
    expect(await names('?state=confirmed')).toEqual([]);
    const { status } = await service.call(
      'GET',
      `/api/v1/products/${productKey}/devices?state=odd`,
    );
    expect(status).toBe(422);
  });
});

describe('devices of a rare state', () => {
  it('are found page by page behind many others, each page after a bounded look', async () => {
    const { productKey: large } = await makeProduct(service);
    await makeOrder(service, large, { quantity: 41_000, prefix: 'mass_' });
    const path = (name: string): string => `/api/v1/devices/${large}/${name}/void`;
    for (const name of ['mass_000007', 'mass_040900']) {
      expect((await service.call('POST', path(name), { reason: 'test' })).status).toBe(200);
    }
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `?state=void&limit=5&cursor=${cursor}`;
      const answer = await service.call<Page>('GET', `/api/v1/products/${large}/devices${query}`);
      pages.push(answer.body.items.map(({ deviceName }) => deviceName));
      cursor = answer.body.nextCursor;
    }
    expect(pages).toEqual([['mass_000007'], [], ['mass_040900']]);
  });
});

describe('a device', () => {
  it('shows its life and no secret', async () => {
    const { status, body } = await service.call('GET', `/api/v1/devices/${productKey}/unit_000001`);
    expect(status).toBe(200);
    expect(body).toEqual({
      productKey,
      deviceName: 'unit_000001',
      orderId,
      state: 'free',
      generation: 0,
      activatedAt: null,
      disabledAt: null,
      online: false,
      onlineAt: null,
      offlineAt: null,
      registeredFrom: null,
      address: null,
    });
  });

  it('is found under every name that a device may have', async () => {
    for (const spelt of ['Unit@a:b.000001', 'Unit%40a%3Ab.000001']) {
      const { body } = await service.call('GET', `/api/v1/devices/${productKey}/${spelt}`);
      expect(body).toMatchObject({ deviceName: 'Unit@a:b.000001' });
    }
  });

  it('of another product is not found, nor in another case', async () => {
    for (const name of ['other_000001', 'UNIT_000001', 'unit_000026']) {
      const answer = await service.call('GET', `/api/v1/devices/${productKey}/${name}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'device.not_found' } });
    }
  });
});

describe('the secrets of devices', () => {
  /** The derivation as a process that has just started would have it. */
  function freshSecrets(): DeviceSecrets {
    const { app } = service.service;
    return new DeviceSecrets(
      app.get(Database),
      app.get(KeyRing),
      new OrderKeysStore(),
      new GivenSecrets(app.get(Database), new GivenSecretsStore()),
    );
  }
  const device = () => ({ productKey, deviceName: 'unit_000007', generation: 0 });

  it('are the same in every process and at every time', async () => {
    const id = Number(orderId.slice('ord-'.length));
    const exported = (await exportTriples(service, orderId)).get('unit_000007');
    const derived = await freshSecrets().derive({ ...device(), orderId: id });
    const derive = await freshSecrets().deriver(id);
    expect(exported).toMatch(/^[0-9a-f]{32}$/);
    expect(derived.expose()).toBe(exported);
    expect(derive(device()).expose()).toBe(exported);
    expect(derive({ ...device(), generation: 1 }).expose()).not.toBe(exported);
  });

  it('cannot be had with the order key of another order, and can again with their own', async () => {
    const order = await makeOrder(service, productKey, { quantity: 1, prefix: 'moved_' });
    const [id, otherId] = [order.orderId, orderId].map((one) => Number(one.slice('ord-'.length)));
    const readKey = async (of: number | undefined): Promise<unknown> => {
      const sql = 'SELECT order_key_sealed AS sealed FROM production_order WHERE id = $1';
      return (await rows<{ sealed: Buffer }>(service.database.dataSource, sql, [of]))[0]?.sealed;
    };
    const writeKey = (sealed: unknown) =>
      rows(
        service.database.dataSource,
        'UPDATE production_order SET order_key_sealed = $1 WHERE id = $2',
        [sealed, id],
      );
    const [own, foreign] = [await readKey(id), await readKey(otherId)];
    const moved = { productKey, deviceName: 'moved_000001', generation: 0, orderId: id ?? 0 };
    const secrets = freshSecrets();
    await writeKey(foreign);
    await expect(secrets.derive(moved)).rejects.toMatchObject({ code: 'keys.seal_broken' });
    await writeKey(own);
    const exported = await exportTriples(service, order.orderId);
    expect((await secrets.derive(moved)).expose()).toBe(exported.get('moved_000001'));
  });

  it('are not in the database, which holds only sealed keys', async () => {
    const triples = await exportTriples(service, orderId);
    const stored = await rows<{ text: string }>(
      service.database.dataSource,
      'SELECT d::text AS text FROM device d UNION ALL SELECT o::text FROM production_order o',
    );
    const text = stored.map((row) => row.text).join('\n');
    expect(text).toContain('unit_000007');
    for (const secret of triples.values()) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('of an order that does not exist cannot be had', async () => {
    await expect(freshSecrets().derive({ ...device(), orderId: 999_999 })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});
