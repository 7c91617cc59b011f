import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { registrationContent, sign } from '../../src/core/signing.js';
import { rows } from '../../src/platform/database/query.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

/** Every secret that a test made or sent, by what it is. */
const secrets = new Map<string, string>();

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ LOG_LEVEL: 'trace' });
  secrets.set('admin key', adminKey);
  await useTheService();
});
afterAll(async () => {
  await service.stop();
});

/** Makes secrets of every kind and uses them rightly, wrongly and in the wrong places. */
async function useTheService(): Promise<void> {
  const given = 'GivenSecret0123456789';
  secrets.set('given product secret', given);
  await service.call('POST', '/api/v1/products', { name: 'given', productSecret: given });
  const product = await makeProduct(service);
  secrets.set('product secret', product.productSecret);
  const station = await keyFrom('/api/v1/stations', { name: 'bench one' });
  secrets.set('station key', station);
  secrets.set('second admin key', await keyFrom('/api/v1/keys', { name: 'second' }));
  const { orderId } = await makeOrder(service, product.productKey, { quantity: 30 });
  const triples = await exportTriples(service, orderId);
  for (const [name, secret] of triples) secrets.set(`device secret of ${name}`, secret);
  await registerDevices(product);
  await claimUnits(orderId, station);
  await sendSecretsAstray(product);
  await breakTheDatabase();
}

async function keyFrom(path: string, body: object): Promise<string> {
  return (await service.call<{ key: string }>('POST', path, body)).body.key;
}

async function registerDevices({ productKey, productSecret }: MadeProduct): Promise<void> {
  for (const secret of [productSecret, 'NotTheSecret0123456789']) {
    secrets.set(`sent as product secret: ${secret.slice(0, 3)}`, secret);
    const fields = { productKey, deviceName: 'unit_000001', random: '4711' };
    const content = registrationContent(fields);
    const signature = sign('hmacsha256', new Secret(secret), content);
    await service.postDeviceForm({ ...fields, sign: signature, signMethod: 'hmacsha256' });
  }
}

async function claimUnits(orderId: string, key: string): Promise<void> {
  interface Grant {
    readonly claimId: string;
    readonly triple: { readonly deviceName: string; readonly deviceSecret: string };
  }
  const claim = { orderId, unit: { sn: 'SN-0001' } };
  const { body } = await service.call<Grant>('POST', '/api/v1/claims', claim, key);
  const { deviceName, deviceSecret } = body.triple;
  const confirm = (readBack: object, by = key) =>
    service.call('POST', `/api/v1/claims/${body.claimId}/confirm`, { readBack }, by);
  const misread = `${deviceSecret.slice(0, 31)}x`; // 31 of 32 characters are a secret as well
  secrets.set('31 characters of a device secret', misread.slice(0, 31));
  await confirm({ deviceName, deviceSecret: misread });
  await confirm({ deviceName, deviceSecret, surprise: deviceSecret });
  expect((await confirm({ deviceName, deviceSecret })).status).toBe(200);
}

/** Secrets where none belongs: in names, in addresses, in what cannot be read. */
async function sendSecretsAstray({ productSecret }: MadeProduct): Promise<void> {
  const astray = 'AstraySecret0123456789';
  secrets.set('secret in the wrong place', astray);
  await service.call('POST', '/api/v1/products', { name: 'x', productKey: `${astray} ` });
  await service.call('POST', '/api/v1/products', { name: 'x', registration: { mode: astray } });
  await service.call('GET', '/api/v1/products', undefined, `${productSecret}${astray}`);
  await fetch(`${service.service.urls.http}/api/v1/products`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: `{"name": "x", "productSecret": "${astray}"`,
  });
}

/** PostgreSQL quotes rows in its errors. */
async function breakTheDatabase(): Promise<void> {
  const secret = 'UnluckySecret0123456789';
  secrets.set('secret of a failed request', secret);
  await query(`ALTER TABLE product ADD CONSTRAINT no_more CHECK (name <> 'unlucky')`);
  const body = { name: 'unlucky', productSecret: secret };
  expect((await service.call('POST', '/api/v1/products', body)).status).toBe(500);
}

async function query<T extends object>(sql: string): Promise<T[]> {
  return await rows<T>(service.database.dataSource, sql);
}

/** Which secrets a text holds, as they are or in hex or base64. */
function secretsIn(text: string): string[] {
  const holds = (secret: string): boolean =>
    [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')].some(
      (spelt) => text.includes(spelt.replace(/=+$/, '')),
    );
  return [...secrets].filter(([, secret]) => holds(secret)).map(([what]) => what);
}

describe('after all kinds of secrets were made, used and sent astray', () => {
  it('there are secrets to look for, and the search finds one where it is', () => {
    expect(secrets.size).toBeGreaterThan(35);
    expect(secretsIn(`x${adminKey}y`)).toEqual(['admin key']);
    expect(secretsIn(Buffer.from('GivenSecret0123456789').toString('hex'))).toEqual([
      'given product secret',
    ]);
  });

  it('nothing that was logged holds one', () => {
    const logged = service.log();
    expect(logged).toContain('request.failed');
    expect(logged).toContain('service.ready');
    expect(secretsIn(logged)).toEqual([]);
  });

  it('no row of the history holds one', async () => {
    const history = await query<{ row: string }>('SELECT e::text AS row FROM audit_event e');
    const text = history.map(({ row }) => row).join('\n');
    for (const action of ['product.created', 'order.exported', 'claim.confirmed']) {
      expect(text).toContain(action);
    }
    expect(secretsIn(text)).toEqual([]);
  });

  it('no row of any table holds one', async () => {
    const tables = await query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const content = await query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      expect(secretsIn(content.map(({ row }) => row).join('\n')), name).toEqual([]);
    }
  });

  it('neither does the file that tells where the service is', async () => {
    const file = await readFile(join(service.dataDir, 'service.json'), 'utf8');
    expect(file).toContain(service.service.urls.http);
    expect(secretsIn(file + service.service.notices.join('\n'))).toEqual([]);
  });
});
