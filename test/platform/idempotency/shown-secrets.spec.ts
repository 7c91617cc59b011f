import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../../src/platform/database/query.js';
import { keepAnswer, restoreAnswer } from '../../../src/platform/idempotency/kept-answer.js';
import { isReplay, keyedCaller } from '../../support/keyed.js';
import type { SendKeyed } from '../../support/keyed.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { Answer, TestService } from '../../support/service.js';

const source = join(import.meta.dirname, '..', '..', '..', 'src');

/** Answers that show a secret on a route that only reads: a key changes nothing there. */
const reading = ['devices/device-life.controller.ts'];

describe('an answer that shows a secret', () => {
  it('takes it in by `show` or `showOnce`, so that a kept answer never holds it', async () => {
    const files = await readdir(source, { recursive: true });
    const answering = files.filter((path) =>
      /^(?!registration).*(controller|view)\.ts$/.test(path),
    );
    const exposing: string[] = [];
    for (const path of answering) {
      const text = await readFile(join(source, path), 'utf8');
      if (text.includes('.expose()')) exposing.push(relative('.', path));
    }
    expect(answering.length).toBeGreaterThan(20);
    expect(exposing).toEqual(reading);
  });
});

describe('a kept answer', () => {
  const origin = { source: 'test', of: { name: 'a' } };
  const secret = { text: 'hunter2hunter2', origin };
  const body = JSON.stringify({ b: [{ key: secret.text, note: null }], 2: 'x', n: 1.5, ok: true });

  it('has a hole where the secret stood, and is the same again when it is filled', async () => {
    const kept = keepAnswer(body, [secret]);
    expect(kept.body).not.toContain(secret.text);
    expect(kept.holes).toContain('"b",0,"key"');
    const asked: unknown[] = [];
    const restored = await restoreAnswer(kept, (one) => {
      asked.push(one.origin);
      return Promise.resolve(secret.text);
    });
    expect(restored).toBe(body);
    expect(asked).toEqual([origin]);
  });

  it('is not to be had when a secret is not', async () => {
    const kept = keepAnswer(body, [secret]);
    expect(await restoreAnswer(kept, () => Promise.resolve(undefined))).toBe(undefined);
  });

  it('is refused when the secret stands inside a longer text', () => {
    const hidden = JSON.stringify({ url: `https://x/?key=${secret.text}` });
    expect(() => keepAnswer(hidden, [secret])).toThrow('inside a longer text');
  });
});

describe('with an idempotency key', () => {
  let service: TestService;
  let send: SendKeyed;
  beforeAll(async () => {
    service = await startTestService();
    send = keyedCaller(service.service.urls.http);
  });
  afterAll(async () => {
    await service.stop();
  });

  type Shown = Readonly<Record<string, string>>;
  const post = async (path: string, body: object, key: string): Promise<Answer<Shown>> =>
    await send<Shown>({ method: 'POST', path: `/api/v1${path}`, body, key });

  const kept = async (): Promise<string> =>
    JSON.stringify(await rows(service.database.dataSource, 'SELECT * FROM idempotent_request'));

  const count = async (table: string): Promise<number> =>
    (await rows(service.database.dataSource, `SELECT 1 FROM ${table}`)).length;

  it('a product is made once, and its secret is shown again while it is in use', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = await post('/products', { name }, key);
    const second = await post('/products', { name }, key);
    expect([second.status, second.text, isReplay(second)]).toEqual([201, first.text, true]);
    const { productKey = '', productSecret = '' } = first.body;
    expect(await kept()).not.toContain(productSecret);
    const path = `/products/${productKey}/secret/rotate`;
    const rotateKey = randomUUID();
    const rotated = await post(path, {}, rotateKey);
    expect((await post('/products', { name }, key)).text).toBe(first.text);
    expect((await post(path, {}, rotateKey)).text).toBe(rotated.text);
    expect(rotated.body['productSecret']).not.toBe(productSecret);
    await post(path, {}, randomUUID());
    const gone = await post('/products', { name }, key);
    expect([gone.status, gone.body['code']]).toEqual([409, 'idempotency.shown_once']);
    expect(await count('product')).toBe(1);
  });

  it.each([
    ['a key', '/keys', 'api_key'],
    ['a station', '/stations', 'station'],
  ])('%s is made once, and its secret is shown once', async (_, path, table) => {
    const before = await count(table);
    const [key, name] = [randomUUID(), randomUUID()];
    const first = await post(path, { name }, key);
    const second = await post(path, { name }, key);
    expect(first.status).toBe(201);
    expect([second.status, second.body['code']]).toEqual([409, 'idempotency.shown_once']);
    expect(await count(table)).toBe(before + 1);
    expect(await kept()).not.toContain(first.body['key']);
    const id = first.body['stationId'] ?? first.body['keyId'] ?? '';
    const rotate = `${path}/${id}${path === '/keys' ? '' : '/key'}/rotate`;
    const rotated = await post(rotate, {}, randomUUID());
    expect(rotated.status).toBe(200);
    expect(await kept()).not.toContain(rotated.body['key']);
  });

  it('what was made works: the memory of the service is read again after the commit', async () => {
    const made = await post('/products', { name: randomUUID() }, randomUUID());
    const { productKey = '' } = made.body;
    const naming = { kind: 'sequence', prefix: 'k_', width: 4 };
    const order = { quantity: 3, naming };
    const key = randomUUID();
    const placed = await post(`/products/${productKey}/orders`, order, key);
    const again = await post(`/products/${productKey}/orders`, order, key);
    expect([placed.status, again.text]).toEqual([202, placed.text]);
    const path = `/api/v1/orders/${placed.body['orderId'] ?? ''}`;
    const state = async () => (await service.call<Shown>('GET', path)).body['state'];
    while ((await state()) === 'minting') await new Promise(setImmediate);
    expect(await state()).toBe('open');
    expect((await makeProduct(service)).productKey).not.toBe(productKey);
  });
});
