import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { Secret } from '../../src/core/secret.js';
import { loginContent, registrationContent, sign } from '../../src/core/signing.js';
import { readBackDigest } from '../../src/core/read-back.js';
import { makeStation } from '../support/jig.js';
import type { MadeStation } from '../support/jig.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct, ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let station: MadeStation;
let product: MadeProduct;
let orderId: string;
let name: string;
beforeAll(async () => {
  service = await startTestService();
  station = await makeStation(service);
});
afterAll(async () => {
  await service.stop();
});
beforeEach(async () => {
  product = await makeProduct(service);
  ({ orderId } = await makeOrder(service, product.productKey, { quantity: 3 }));
  name = 'unit_000001';
});

function life(action: string, body: object = {}) {
  const path = `/api/v1/devices/${product.productKey}/${name}/${action}`;
  return service.call<{ state: string; generation: number; activatedAt: string | null }>(
    'POST',
    path,
    body,
  );
}

async function count(): Promise<ShownOrder> {
  return (await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`)).body;
}

async function secret(): Promise<Secret> {
  return new Secret((await exportTriples(service, orderId)).get(name) ?? '');
}

/** Registers over HTTPS. Shape: the code and, with 200, the secret. */
async function register(): Promise<{ code: number; data?: { deviceSecret: string } }> {
  const identity = { productKey: product.productKey, deviceName: name, random: '1' };
  const key = new Secret(product.productSecret);
  const text = await service.postDeviceForm({
    ...identity,
    signMethod: 'hmacsha256',
    sign: sign('hmacsha256', key, registrationContent(identity)),
  });
  return JSON.parse(text) as { code: number };
}

async function logIn(deviceSecret: Secret): Promise<MqttClient | number> {
  const { productKey } = product;
  const content = loginContent({ clientId: 'x', deviceName: name, productKey });
  const client = mqtt.connect(service.service.urls.mqtt, {
    clientId: 'x|securemode=3,signmethod=hmacsha256|',
    username: `${name}&${productKey}`,
    password: sign('hmacsha256', deviceSecret, content),
    reconnectPeriod: 0,
  });
  return await new Promise((resolve) => {
    client.on('connect', () => {
      resolve(client);
    });
    client.on('error', (error) => {
      client.end(true);
      resolve('code' in error ? error.code : -1);
    });
  });
}

async function connected(deviceSecret: Secret): Promise<MqttClient> {
  const client = await logIn(deviceSecret);
  if (typeof client === 'number') throw new Error(`refused with ${client}`);
  return client;
}

const closed = (client: MqttClient) =>
  new Promise<void>((resolve) => {
    client.on('close', resolve);
  });

describe('an admin', () => {
  it('resets an activated device: a new secret, the old one refused, registration open again', async () => {
    const first = new Secret((await register()).data?.deviceSecret ?? '');
    const client = await connected(first);
    expect((await register()).code).toBe(6289);
    const cut = closed(client);
    const reset = await life('reset');
    expect(reset.body).toMatchObject({ state: 'issued', generation: 1, activatedAt: null });
    await cut;
    expect(await logIn(first)).toBe(4);
    const second = new Secret((await register()).data?.deviceSecret ?? '');
    expect(second.expose()).not.toBe(first.expose());
    expect(second.expose()).toBe((await secret()).expose());
    (await connected(second)).end(true);
    expect(await count()).toMatchObject({ issued: 1, activated: 1, remaining: 2 });
  });

  it('resets a confirmed device: its claim waits for the same unit and a new proof', async () => {
    const unit = { sn: `reset-${orderId}` };
    const claim = async () =>
      await service.call<{ claimId: string; triple: { deviceName: string; deviceSecret: string } }>(
        'POST',
        '/api/v1/claims',
        { orderId, unit },
        station.key,
      );
    const confirm = async ({ claimId, triple }: Awaited<ReturnType<typeof claim>>['body']) => {
      const secretDigest = readBackDigest(new Secret(triple.deviceSecret), claimId);
      const readBack = { deviceName: triple.deviceName, secretDigest };
      const path = `/api/v1/claims/${claimId}/confirm`;
      return (await service.call('POST', path, { readBack }, station.key)).status;
    };
    const first = await claim();
    name = first.body.triple.deviceName;
    expect(await confirm(first.body)).toBe(200);
    expect((await life('reset')).body).toMatchObject({ state: 'leased', generation: 1 });
    expect(await count()).toMatchObject({ leased: 1, confirmed: 0, activated: 0 });
    expect(await confirm(first.body)).toBe(422);
    const again = await claim();
    expect(again.body.claimId).toBe(first.body.claimId);
    expect(again.body.triple.deviceName).toBe(name);
    expect(again.body.triple.deviceSecret).not.toBe(first.body.triple.deviceSecret);
    expect(await confirm(again.body)).toBe(200);
    expect(await count()).toMatchObject({ leased: 0, confirmed: 1, remaining: 2 });
  });

  it('disables a device: cut off, refused, and let in again once enabled', async () => {
    const client = await connected(await secret());
    const cut = closed(client);
    expect((await life('disable')).status).toBe(200);
    await cut;
    expect(await logIn(await secret())).toBe(5);
    expect((await register()).code).toBe(6204);
    expect((await life('disable')).status).toBe(200);
    expect((await life('enable')).status).toBe(200);
    (await connected(await secret())).end(true);
  });

  it.each([
    ['free', async () => Promise.resolve(), { free: 2, void: 1, remaining: 3 - 1 }],
    ['issued', register, { free: 2, issued: 0, void: 1, remaining: 2 }],
  ] as const)('voids a device that is %s, for ever', async (_state, prepare, after) => {
    await prepare();
    expect((await life('void', { reason: 'board broken' })).body).toMatchObject({ state: 'void' });
    expect(await count()).toMatchObject(after);
    expect((await life('void', { reason: 'again' })).body).toMatchObject({ code: 'device.void' });
    expect((await life('reset')).body).toMatchObject({ code: 'device.void' });
    expect((await register()).code).toBe(6100);
    expect((await exportTriples(service, orderId)).has(name)).toBe(false);
  });

  it('looks at a triple, which the history tells', async () => {
    const path = `/api/v1/devices/${product.productKey}/${name}/triple`;
    const { body } = await service.call<{ deviceSecret: string }>('GET', path);
    expect(body.deviceSecret).toBe((await secret()).expose());
    const told = await rows(
      service.database.dataSource,
      `SELECT actor, address FROM audit_event WHERE action = 'device.revealed' AND product_key = $1`,
      [product.productKey],
    );
    expect(told).toMatchObject([{ actor: 'key-1 (admin)', address: '127.0.0.1' }]);
  });

  it('is told when there is no such device', async () => {
    name = 'nobody';
    for (const action of ['reset', 'disable', 'enable']) {
      expect(await life(action)).toMatchObject({ status: 404, body: { code: 'device.not_found' } });
    }
  });
});
