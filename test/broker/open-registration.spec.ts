import { createHmac } from 'node:crypto';
import { parser } from 'mqtt-packet';
import type { IPublishPacket } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { query } from './devices.js';
import { RawClient, accepted, connectPacket, pingAnswer, pingRequest } from './raw-client.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

/** What a unit gets. */
interface Token {
  readonly clientId: string;
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceToken: string;
}

const open = { mode: 'open', allowPlaintext: true };
const connackBytes = 4;

function makeOpenProduct(policy: object = {}): Promise<MadeProduct> {
  return makeProduct(service, { ...open, ...policy });
}

/** Sends what C Link SDK 4.2 sends without pre-registration; answers all that came, as bytes. */
async function ask(
  { productKey, productSecret }: MadeProduct,
  deviceName: string,
  secret = productSecret,
): Promise<Buffer> {
  const client = await RawClient.open(service.service.ports.mqttPort);
  const content = `deviceName${deviceName}productKey${productKey}random876080391`;
  client.send(
    connectPacket({
      clientId: `${deviceName}.${productKey}|random=876080391,authType=regnwl,securemode=2,signmethod=hmacsha256,instanceId=iot-test-inst|`,
      username: `${deviceName}&${productKey}`,
      password: createHmac('sha256', secret).update(content).digest('hex').toUpperCase(),
    }),
  );
  const head = await client.bytes(connackBytes);
  if (head === accepted) await client.bytes(connackBytes + 100);
  return client.received;
}

async function register(product: MadeProduct, deviceName: string): Promise<Token> {
  const bytes = await ask(product, deviceName);
  let push: IPublishPacket | undefined;
  const reader = parser();
  reader.on('packet', (packet) => {
    if (packet.cmd === 'publish') push = packet;
  });
  reader.parse(bytes);
  expect(push).toMatchObject({ topic: '/ext/regnwl', qos: 0 });
  return JSON.parse(push?.payload.toString() ?? '') as Token;
}

async function logIn(token: Token, change: Partial<Token> = {}): Promise<RawClient> {
  const { clientId, productKey, deviceName, deviceToken } = { ...token, ...change };
  const client = await RawClient.open(service.service.ports.mqttPort);
  client.send(
    connectPacket({
      clientId: `${clientId}|authType=connwl,securemode=-2,_ss=1,ext=3,_v=sdk-c-4.2.0|`,
      username: `${deviceName}&${productKey}`,
      password: deviceToken,
    }),
  );
  return client;
}

async function codeOf(token: Token, change: Partial<Token> = {}): Promise<string> {
  return await (await logIn(token, change)).bytes(connackBytes);
}

describe('a unit that nobody registered before', () => {
  it('gets a client id and a token of its own, compact and in the order of the vendor', async () => {
    const product = await makeOpenProduct();
    const bytes = (await ask(product, 'wild-0001')).toString('latin1');
    const { productKey } = product;
    expect(bytes.slice(bytes.indexOf('{'))).toMatch(
      new RegExp(
        `^\\{"clientId":"[A-Za-z0-9]{22}","productKey":"${productKey}","deviceName":"wild-0001","deviceToken":"[0-9a-f]{32}"\\}$`,
      ),
    );
  });

  it('logs in with them, is activated and stays a device like any other', async () => {
    const product = await makeOpenProduct();
    const token = await register(product, 'wild-0002');
    const client = await logIn(token);
    expect(await client.bytes(connackBytes)).toBe(accepted);
    client.send(pingRequest);
    expect(await client.bytes(connackBytes + 2)).toBe(accepted + pingAnswer);
    const path = `/api/v1/devices/${product.productKey}/wild-0002`;
    const { body } = await service.call('GET', path);
    expect(body).toMatchObject({ state: 'issued' });
    expect(body['activatedAt']).not.toBeNull();
    const order = await service.call('GET', `/api/v1/orders/${String(body['orderId'])}`);
    expect(order.body).toMatchObject({
      kind: 'standing',
      minted: 1,
      issued: 1,
      activated: 1,
      remaining: 0,
    });
    expect((await service.call('POST', `${path}/disable`)).status).toBe(200);
    await client.closed();
    expect(await codeOf(token)).toBe('20020005');
  });

  it('is refused like a stranger with a token that is not its own', async () => {
    const product = await makeOpenProduct({ unitsPerName: 2 });
    const one = await register(product, 'wild-0003');
    const other = await register(product, 'wild-0003');
    expect(await codeOf(one, { deviceToken: other.deviceToken })).toBe('20020004');
    expect(await codeOf(one, { clientId: 'A'.repeat(22) })).toBe('20020004');
    expect(await codeOf(one, { deviceName: 'wild-0004' })).toBe('20020004');
    expect(await codeOf(one, { clientId: '' })).toBe('20020002');
    expect(await codeOf(one)).toBe(accepted);
    expect(await codeOf(other)).toBe(accepted);
  });

  it('is not answered where the product does not allow it, nor to who does not prove the secret', async () => {
    const closed = await makeOpenProduct({ mode: 'preregistered' });
    expect((await ask(closed, 'wild-0005')).toString('hex')).toBe('20020004');
    const product = await makeOpenProduct();
    expect((await ask(product, 'wild-0005', 'x'.repeat(16))).toString('hex')).toBe('20020004');
    expect((await ask(product, 'no')).toString('hex')).toBe('20020004');
    const encrypted = await makeOpenProduct({ allowPlaintext: false });
    expect((await ask(encrypted, 'wild-0005')).toString('hex')).toBe('20020002');
  });

  it('never gets the name of a device that was minted', async () => {
    const product = await makeOpenProduct();
    await makeOrder(service, product.productKey, { quantity: 1, prefix: 'mint_' });
    expect((await ask(product, 'mint_000001')).toString('hex')).toBe('20020004');
    expect(
      await query(
        service,
        `SELECT detail->>'reason' AS reason FROM audit_event
        WHERE device_name = 'mint_000001' AND action = 'registration.refused'`,
      ),
    ).toEqual([{ reason: 'device_held' }]);
  });
});

describe('the units of one name', () => {
  it('may be as many as the product allows, counted when they log in', async () => {
    const product = await makeOpenProduct({ unitsPerName: 2 });
    const tokens = await Promise.all([1, 2, 3].map(() => register(product, 'twin-0001')));
    const codes = await Promise.all(tokens.map((token) => codeOf(token)));
    expect(codes.sort()).toEqual([accepted, accepted, '20020005']);
    expect((await ask(product, 'twin-0001')).toString('hex')).toBe('20020004');
  });

  it('do not end each other, but each its own older connection', async () => {
    const product = await makeOpenProduct({ unitsPerName: 2 });
    const [one, other] = [
      await register(product, 'twin-0002'),
      await register(product, 'twin-0002'),
    ];
    const first = await logIn(one);
    const second = await logIn(other);
    await first.bytes(connackBytes);
    await second.bytes(connackBytes);
    const newer = await logIn(one);
    expect(await newer.bytes(connackBytes)).toBe(accepted);
    expect(await first.closed()).toBe(accepted);
    second.send(pingRequest);
    expect(await second.bytes(connackBytes + 2)).toBe(accepted + pingAnswer);
  });

  it('keep the newest tokens that were never used, twice as many as may be active', async () => {
    const product = await makeOpenProduct();
    const tokens: Token[] = [];
    for (let count = 0; count < 4; count += 1) tokens.push(await register(product, 'twin-0003'));
    const [first, second, third, fourth] = tokens as [Token, Token, Token, Token];
    expect(await codeOf(first)).toBe('20020004');
    expect(await codeOf(second)).toBe('20020004');
    expect(await codeOf(fourth)).toBe(accepted);
    expect(await codeOf(third)).toBe('20020005');
  });

  it('are all shut out by a reset, and the name is free for new ones', async () => {
    const product = await makeOpenProduct();
    const token = await register(product, 'twin-0004');
    const client = await logIn(token);
    expect(await client.bytes(connackBytes)).toBe(accepted);
    const path = `/api/v1/devices/${product.productKey}/twin-0004`;
    expect((await service.call('POST', `${path}/reset`)).status).toBe(200);
    await client.closed();
    expect(await codeOf(token)).toBe('20020004');
    expect(await codeOf(await register(product, 'twin-0004'))).toBe(accepted);
  });

  it('count as one device against the quota of the product', async () => {
    const product = await makeOpenProduct({ quota: 1, unitsPerName: 2 });
    await register(product, 'twin-0005');
    await register(product, 'twin-0005');
    expect((await ask(product, 'twin-0006')).toString('hex')).toBe('20020003');
  });
});

describe('the standing order of a product', () => {
  it('hands out no triples: there are none', async () => {
    const product = await makeOpenProduct();
    await register(product, 'keep-0001');
    const path = `/api/v1/devices/${product.productKey}/keep-0001`;
    const { body: device } = await service.call('GET', path);
    const order = String(device['orderId']);
    const exported = await service.call('GET', `/api/v1/orders/${order}/triples`);
    expect([exported.status, exported.body['code']]).toEqual([409, 'order.standing']);
    const triple = await service.call('GET', `${path}/triple`);
    expect([triple.status, triple.body['code']]).toEqual([409, 'device.no_triple']);
  });

  it('gets another key for new units, and the tokens of others stay good', async () => {
    const product = await makeOpenProduct({ unitsPerName: 2 });
    const before = await register(product, 'keep-0002');
    const path = `/api/v1/products/${product.productKey}/standing-order/roll`;
    const rolled = await service.call<{ orderId: string }>('POST', path);
    expect(rolled.status).toBe(200);
    const after = await register(product, 'keep-0002');
    const [latest] = await query<{ order: string }>(
      service,
      `SELECT 'ord-' || order_id AS order FROM device_token WHERE client_id = $1`,
      [after.clientId],
    );
    expect(latest?.order).toBe(rolled.body.orderId);
    expect(await codeOf(before)).toBe(accepted);
    expect(await codeOf(after)).toBe(accepted);
  });
});
