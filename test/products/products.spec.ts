import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { ProductDirectory } from '../../src/products/product-directory.js';
import { makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface Topics {
  readonly items: readonly { name: string; operation: string; topic: string }[];
}

let service: TestService;
let directory: ProductDirectory;
beforeAll(async () => {
  service = await startTestService();
  directory = service.service.app.get(ProductDirectory);
});
afterAll(async () => {
  await service.stop();
});

const products = '/api/v1/products';

describe('a product', () => {
  it('gets a key and a secret of its own when none is given, and registers nothing', async () => {
    const { status, body } = await service.call('POST', products, { name: ' NT35E meter ' });
    expect(status).toBe(201);
    expect(body).toEqual({
      productKey: expect.stringMatching(/^a1[A-Za-z0-9]{9}$/) as string,
      productSecret: expect.stringMatching(/^[A-Za-z0-9]{16}$/) as string,
      name: 'NT35E meter',
      registration: {
        mode: 'off',
        allowPlaintext: false,
        repeat: 'same',
        quota: null,
        registered: 0,
        opensAt: null,
        closesAt: null,
        allowedNetworks: [],
        maxPerSecond: null,
        unitsPerName: 1,
      },
      previousValidUntil: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
  });

  it('keeps the key and the secret that firmware has burnt in', async () => {
    const given = { productKey: 'a1B2c3D4e5F', productSecret: 'Abcdefgh12345678' };
    const { status, body } = await service.call('POST', products, { name: 'given', ...given });
    expect(status).toBe(201);
    expect(body).toMatchObject(given);
    expect(directory.find(given.productKey)?.secret.expose()).toBe(given.productSecret);
  });

  it('is made once, however many ask for the same key at once', async () => {
    const asked = Array.from({ length: 8 }, (_, index) =>
      service.call('POST', products, { name: `racer ${index}`, productKey: 'a1Race00001' }),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'product.key_taken' } });
      expect(answer.body).not.toHaveProperty('productSecret');
    }
    const winner = answers.find(({ status }) => status === 201)?.body['productSecret'];
    expect(directory.find('a1Race00001')?.secret.expose()).toBe(winner);
  });

  it('shows its secret when it is made and never again', async () => {
    const { productKey, productSecret } = await makeProduct(service);
    const path = `${products}/${productKey}`;
    for (const { status, text } of [
      await service.call('GET', path),
      await service.call('GET', `${products}?limit=1000`),
      await service.call('PATCH', path, { name: 'renamed' }),
      await service.call('GET', `${path}/topics`),
      await service.call('GET', `${path}/devices`),
    ]) {
      expect(status).toBe(200);
      expect(text).not.toContain(productSecret);
      expect(text).not.toContain('ecret"');
    }
  });

  it('of nobody is answered 404 in every way of asking', async () => {
    const path = `${products}/a1Nobody000`;
    for (const [method, at, body] of [
      ['GET', path],
      ['PATCH', path, { name: 'x' }],
      ['GET', `${path}/topics`],
      ['POST', `${path}/topics`, { name: 'x', operation: 'PUB' }],
      ['DELETE', `${path}/topics?name=get`],
      ['GET', `${path}/devices`],
    ] as const) {
      const answer = await service.call(method, at, body);
      expect(answer, `${method} ${at}`).toMatchObject({
        status: 404,
        body: { code: 'product.not_found' },
      });
    }
  });
});

describe('the secret of a product', () => {
  it('is sealed: no row of the database holds it', async () => {
    const { productKey, productSecret } = await makeProduct(service);
    const [stored] = await rows<{ text: string; sealed: Buffer }>(
      service.database.dataSource,
      'SELECT product::text AS text, secret_sealed AS sealed FROM product WHERE product_key = $1',
      [productKey],
    );
    expect(stored?.text).toContain(productKey);
    expect(stored?.text).not.toContain(productSecret);
    expect(stored?.text).not.toContain(Buffer.from(productSecret).toString('hex'));
    expect(stored?.sealed.includes(productSecret)).toBe(false);
  });

  it('is bound to its product: moved to another row it does not open', async () => {
    const one = await makeProduct(service);
    const other = await makeProduct(service);
    const move = `UPDATE product SET version = version + 1, secret_sealed =
      (SELECT secret_sealed FROM product WHERE product_key = $1) WHERE product_key = $2`;
    const [before] = await rows<{ sealed: Buffer }>(
      service.database.dataSource,
      'SELECT secret_sealed AS sealed FROM product WHERE product_key = $1',
      [other.productKey],
    );
    await rows(service.database.dataSource, move, [one.productKey, other.productKey]);
    await expect(directory.reload(other.productKey)).rejects.toMatchObject({
      code: 'keys.seal_broken',
    });
    expect(directory.find(other.productKey)?.secret.expose()).toBe(other.productSecret);
    await rows(
      service.database.dataSource,
      'UPDATE product SET secret_sealed = $1 WHERE product_key = $2',
      [before?.sealed, other.productKey],
    );
  });
});

describe('the policy of a product', () => {
  it('changes in the parts that are sent and is known at once', async () => {
    const { productKey } = await makeProduct(service, { mode: 'off' });
    const before = directory.find(productKey)?.version ?? 0;
    const change = (body: object) => service.call('PATCH', `${products}/${productKey}`, body);
    expect((await change({ registration: { mode: 'preregistered' } })).body).toMatchObject({
      name: 'test product',
      registration: { mode: 'preregistered', allowPlaintext: false },
    });
    expect((await change({ registration: { allowPlaintext: true } })).body).toMatchObject({
      registration: { mode: 'preregistered', allowPlaintext: true },
    });
    expect((await change({ name: 'renamed' })).body).toMatchObject({
      name: 'renamed',
      registration: { mode: 'preregistered', allowPlaintext: true },
    });
    expect(directory.find(productKey)).toMatchObject({
      policy: { mode: 'preregistered', allowPlaintext: true },
      version: before + 3,
    });
  });

  it.each([
    [{ registration: { mode: 'open to all' } }],
    [{ productSecret: 'x'.repeat(16) }],
    [{ name: null }],
  ])('does not change by %j', async (body) => {
    const { productKey } = await makeProduct(service);
    const before = await service.call('GET', `${products}/${productKey}`);
    expect((await service.call('PATCH', `${products}/${productKey}`, body)).status).toBe(422);
    expect((await service.call('GET', `${products}/${productKey}`)).body).toEqual(before.body);
  });
});

describe('the topic classes of a product', () => {
  const set = (productKey: string, name: string, operation: string) =>
    service.call('POST', `${products}/${productKey}/topics`, { name, operation });
  const list = async (productKey: string): Promise<Topics['items']> =>
    (await service.call<Topics>('GET', `${products}/${productKey}/topics`)).body.items;

  it('are three to begin with, as the vendor has them', async () => {
    const { productKey } = await makeProduct(service);
    const topic = (name: string): string => `/${productKey}/\${deviceName}/user/${name}`;
    expect(await list(productKey)).toEqual([
      { name: 'get', operation: 'SUB', topic: topic('get') },
      { name: 'update', operation: 'PUB', topic: topic('update') },
      { name: 'update/error', operation: 'PUB', topic: topic('update/error') },
    ]);
  });

  it('are added, changed and removed, and known at once', async () => {
    const { productKey } = await makeProduct(service);
    expect((await set(productKey, 'ota/progress', 'PUB')).status).toBe(201);
    await set(productKey, 'ota/progress', 'ALL');
    const held = (await list(productKey)).filter(({ name }) => name === 'ota/progress');
    expect(held).toMatchObject([{ operation: 'ALL' }]);
    expect(directory.find(productKey)?.topics).toContainEqual({
      name: 'ota/progress',
      operation: 'ALL',
    });
    const path = `${products}/${productKey}/topics?name=${encodeURIComponent('ota/progress')}`;
    expect((await service.call('DELETE', path)).status).toBe(204);
    expect(directory.find(productKey)?.topics).toHaveLength(3);
    const again = await service.call('DELETE', path);
    expect(again).toMatchObject({ status: 404, body: { code: 'topic.not_found' } });
  });

  it.each(['', '/x', 'x/', 'x//y', '+', '#', 'a b', 'a-b', '更新', 'x'.repeat(101)])(
    'are not named %j',
    async (name) => {
      const { productKey } = await makeProduct(service);
      expect((await set(productKey, name, 'PUB')).status).toBe(422);
      expect(await list(productKey)).toHaveLength(3);
    },
  );

  it('are fifty at most, also when many are added at once', async () => {
    const { productKey } = await makeProduct(service);
    const added = Array.from({ length: 55 }, (_, index) => set(productKey, `t${index}`, 'PUB'));
    const answers = await Promise.all(added);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(47);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expect(refused).toMatchObject({ status: 409, body: { code: 'topic.too_many' } });
    }
    expect(await list(productKey)).toHaveLength(50);
    expect((await set(productKey, 'get', 'ALL')).status).toBe(201); // changing one is no new one
  });
});
