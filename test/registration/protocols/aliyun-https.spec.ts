import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTriples, makeOrder, makeProduct } from '../../support/orders.js';
import type { MadeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { cSdkRequest, sendRaw } from './raw-http.js';
import type { RawAnswer, RawTarget } from './raw-http.js';

let test: TestService;
let tls: RawTarget;
let plain: RawTarget;
let product: MadeProduct;
let secrets: Map<string, string>;

beforeAll(async () => {
  test = await startTestService();
  const { ports, urls } = test.service;
  tls = { port: ports.tlsPort, ca: await readFile(urls.ca ?? '', 'utf8') };
  plain = { port: ports.httpPort };
  product = await makeProduct(test);
  const order = await makeOrder(test, product.productKey, { quantity: 20, prefix: 'AA:BB@c.' });
  secrets = await exportTriples(test, order.orderId);
});

afterAll(async () => {
  await test.stop();
});

interface Form {
  readonly productKey: string;
  readonly deviceName: string;
  readonly random: string;
  readonly sign: string;
  readonly signMethod: string;
}

function formOf(deviceName: string, change: Partial<Form> = {}, of = product): Form {
  const random = '253086733';
  const content = `deviceName${deviceName}productKey${of.productKey}random${random}`;
  const sign = createHmac('sha256', of.productSecret).update(content).digest('hex').toUpperCase();
  return {
    productKey: of.productKey,
    deviceName,
    random,
    sign,
    signMethod: 'hmacsha256',
    ...change,
  };
}

/** As C SDKs send it: nothing is encoded. */
function rawBody(form: Partial<Form>): string {
  return Object.entries(form)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

async function register(form: Partial<Form>, target = tls): Promise<RawAnswer> {
  return await sendRaw(target, cSdkRequest(rawBody(form)));
}

const unreadable = '{"code":460,"message":"request parameter error"}';
const unknown = '{"code":401,"message":"request auth error"}';

describe('POST /auth/register/device', () => {
  it('answers a C SDK with the bytes that it can read', async () => {
    const deviceName = 'AA:BB@c.000020';
    const answer = await register(formOf(deviceName));
    const secret = secrets.get(deviceName) ?? '';
    expect(secret).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(answer.body).toBe(
      `{"code":200,"data":{"productKey":"${product.productKey}","deviceName":"${deviceName}",` +
        `"deviceSecret":"${secret}"},"message":"success"}`,
    );
    expect(answer.headers).toContain(`Content-Length: ${answer.body.length}`);
    expect(answer.headers.join('\n')).not.toMatch(/transfer-encoding|content-encoding/i);
    for (const header of answer.headers) expect(header).toMatch(/^[A-Z][a-z]*(-[A-Z][a-z]*)*: /);
  });

  it('takes percent-encoded values and a charset, as other SDKs send them', async () => {
    const deviceName = 'AA:BB@c.000001';
    const body = new URLSearchParams({ ...formOf(deviceName) }).toString();
    expect(body).toContain('AA%3ABB%40c');
    const type = 'application/x-www-form-urlencoded; charset=utf-8';
    const answer = await sendRaw(tls, cSdkRequest(body, 'POST', type));
    expect(answer.body).toContain(`"deviceSecret":"${secrets.get(deviceName)}"`);
  });

  it('answers the same bytes to the same request again', async () => {
    const form = formOf('AA:BB@c.000002');
    expect((await register(form)).body).toBe((await register(form)).body);
  });

  it.each(['hmacmd5', 'hmacsha1', 'hmacsha256', 'HmacSHA1', 'hmac_md5'])(
    'takes the sign method %s',
    async (signMethod) => {
      const algorithm = signMethod.toLowerCase().replace(/hmac|_/g, '');
      const deviceName = 'AA:BB@c.000004';
      const content = `deviceName${deviceName}productKey${product.productKey}randomr`;
      const sign = createHmac(algorithm, product.productSecret).update(content).digest('hex');
      const answer = await register(formOf(deviceName, { random: 'r', sign, signMethod }));
      expect(answer.body).toContain(`"deviceSecret":"${secrets.get(deviceName)}"`);
    },
  );
});

describe('what a proven module is refused with', () => {
  async function admin(sql: string, deviceName: string): Promise<void> {
    await test.database.dataSource.query(`UPDATE device SET ${sql} WHERE name = $1`, [deviceName]);
  }

  it.each([
    ['AA:BB@c.000010', 'activated_at = now()', 6289, 'device is already active'],
    ['AA:BB@c.000011', 'disabled_at = now()', 6204, 'device is disabled'],
    ['AA:BB@c.000012', `state = 'leased'`, 6289, 'device is already active'],
    ['AA:BB@c.000013', `state = 'void'`, 6100, 'device not found'],
  ])('is, for %s with %s, the code %i', async (deviceName, change, code, message) => {
    await admin(change, deviceName);
    const answer = await register(formOf(deviceName));
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(answer.body).toBe(JSON.stringify({ code, message }));
  });

  it('is 6100 for a name that was never minted', async () => {
    const answer = await register(formOf('nobody-1'));
    expect(answer.body).toBe('{"code":6100,"message":"device not found"}');
  });

  it('is 6288 while registration is off, and the secret once it is on', async () => {
    const off = await makeProduct(test, { mode: 'off' });
    await makeOrder(test, off.productKey, { quantity: 1, prefix: 'off-' });
    const refused = await register(formOf('off-000001', {}, off));
    expect(refused.body).toBe('{"code":6288,"message":"dynamic registration switch off"}');
    await test.call('PATCH', `/api/v1/products/${off.productKey}`, {
      registration: { mode: 'preregistered' },
    });
    expect((await register(formOf('off-000001', {}, off))).body).toContain('"code":200');
  });

  it('is 6288 over plain HTTP, unless the product allows plain text', async () => {
    const refused = await register(formOf('AA:BB@c.000005'), plain);
    expect(refused.body).toBe('{"code":6288,"message":"dynamic registration switch off"}');
    const open = await makeProduct(test, { mode: 'preregistered', allowPlaintext: true });
    await makeOrder(test, open.productKey, { quantity: 1, prefix: 'lan-' });
    const granted = await register(formOf('lan-000001', {}, open), plain);
    expect(granted.body).toContain('"code":200');
  });

  it('is 429 when the quota of the order is used up', async () => {
    const small = await makeProduct(test);
    await makeOrder(test, small.productKey, { quantity: 2, quota: 1, prefix: 'few-' });
    expect((await register(formOf('few-000001', {}, small))).body).toContain('"code":200');
    const answer = await register(formOf('few-000002', {}, small));
    expect(answer.body).toBe('{"code":429,"message":"too many requests"}');
  });
});

describe('what a stranger learns', () => {
  it('is the same for every reason not to be proven, on both ports', async () => {
    const off = await makeProduct(test, { mode: 'off' });
    const strangers = [
      formOf('AA:BB@c.000006', { sign: '0'.repeat(64) }),
      formOf('AA:BB@c.000006', { sign: 'x' }),
      formOf('nobody-1', { sign: '0'.repeat(64) }),
      formOf('AA:BB@c.000006', { productKey: 'a1nowhere00' }),
      formOf('AA:BB@c.000006', { signMethod: 'hmacsha1' }),
      formOf('AA:BB@c.000006', { productKey: off.productKey }),
      formOf('AA:BB@c.000010', { sign: '0'.repeat(64) }),
    ];
    const answers: RawAnswer[] = [];
    for (const form of strangers) {
      answers.push(await register(form), await register(form, plain));
    }
    const withoutDate = answers.map(({ statusLine, headers, body }) =>
      [statusLine, ...headers.filter((line) => !line.startsWith('Date:')), body].join('\n'),
    );
    expect(new Set(withoutDate).size).toBe(1);
    expect(answers[0]?.statusLine).toBe('HTTP/1.1 200 OK');
    expect(answers[0]?.body).toBe(unknown);
  });

  const fields = ['productKey', 'deviceName', 'random', 'sign', 'signMethod'] as const;

  it.each(fields)('is 460 without %s, for a known product and for an unknown one', async (name) => {
    for (const productKey of [product.productKey, 'a1nowhere00']) {
      const form: Partial<Form> = { ...formOf('AA:BB@c.000006', { productKey }) };
      const rest = Object.entries(form).filter(([field]) => field !== name);
      const answer = await register(Object.fromEntries(rest));
      expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
      expect(answer.body).toBe(unreadable);
    }
  });

  it('is 460 for a field that comes twice', async () => {
    const twice = `${rawBody(formOf('AA:BB@c.000006'))}&deviceName=AA:BB@c.000007`;
    expect((await sendRaw(tls, cSdkRequest(twice))).body).toBe(unreadable);
  });

  it.each([
    ['an empty body', '', undefined],
    ['a body that is no form', '%%%&&&===', undefined],
    ['the members of an object', '__proto__=1&constructor=2', undefined],
    [
      'a NUL in a field',
      'productKey=%00&deviceName=a&random=1&sign=1&signMethod=hmacmd5',
      undefined,
    ],
    ['JSON', '{"productKey":"a1","deviceName":"b"}', 'application/json'],
    ['broken JSON', '{"productKey":', 'application/json'],
    ['another media type', 'x', 'text/xml'],
    ['a media type that is none', 'x', ';;;'],
  ])('is 460 for %s', async (_, body, type) => {
    const answer = await sendRaw(tls, cSdkRequest(body, 'POST', type));
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(answer.body).toBe(unreadable);
  });

  it('is 460 for a body that is too large, even if all fields are there', async () => {
    const body = `${rawBody(formOf('AA:BB@c.000006'))}&padding=${'x'.repeat(8192)}`;
    expect((await sendRaw(tls, cSdkRequest(body))).body).toBe(unreadable);
  });

  it('is nothing by another method than POST', async () => {
    const answer = await sendRaw(tls, cSdkRequest('', 'GET'));
    expect(answer.statusLine).toBe('HTTP/1.1 404 Not Found');
    expect(answer.body).toContain('"code":"route.unknown"');
  });
});

describe('trouble on our side', () => {
  it('is told in the words of the vendor, with status 200, and ends by itself', async () => {
    await test.database.dataSource.query('ALTER TABLE audit_event RENAME TO audit_away');
    try {
      const answer = await register(formOf('AA:BB@c.000008'));
      expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
      expect(answer.body).toBe('{"code":500,"message":"internal error"}');
    } finally {
      await test.database.dataSource.query('ALTER TABLE audit_away RENAME TO audit_event');
    }
    expect((await register(formOf('AA:BB@c.000008'))).body).toContain('"code":200');
  });

  it('puts no secret into the log', () => {
    expect(test.log()).toContain('request.failed');
    expect(test.log()).not.toContain(product.productSecret);
    for (const secret of secrets.values()) expect(test.log()).not.toContain(secret);
  });
});
