import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/platform/logger.js';
import { AliyunMqttRegistration } from '../../../src/registration/protocols/aliyun-mqtt.js';
import type { MqttRegistrationAnswer } from '../../../src/registration/protocols/aliyun-mqtt.js';
import { openRegistrar } from '../registrar.js';
import type { Registrar, TestProduct } from '../registrar.js';

let registrar: Registrar;
let product: TestProduct;
let mqtt: AliyunMqttRegistration;

beforeAll(async () => {
  registrar = await openRegistrar();
  mqtt = new AliyunMqttRegistration(registrar.service, createLogger('silent'));
  product = await registrar.makeProduct();
  await registrar.makeOrder(product, 'MODEM-', { quantity: 20 });
});

afterAll(async () => {
  await registrar.close();
});

const tls = { remoteAddress: '192.0.2.7', isEncrypted: true };
const tcp = { remoteAddress: '::ffff:192.0.2.7', isEncrypted: false };

function password(deviceName: string, random: string, of = product, method = 'sha256'): string {
  return createHmac(method, of.secret.expose())
    .update(`deviceName${deviceName}productKey${of.productKey}random${random}`)
    .digest('hex');
}

interface Connect {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A CONNECT in the shape of C SDK 4.2.0. */
function connectOf(deviceName: string, change: Partial<Connect> = {}, of = product): Connect {
  return {
    clientId: `${deviceName}.${of.productKey}|random=1359234095,authType=register,securemode=2,signmethod=hmacsha256|`,
    username: `${deviceName}&${of.productKey}`,
    password: password(deviceName, '1359234095', of).toUpperCase(),
    ...change,
  };
}

const refused = (returnCode: number): object => ({ kind: 'refused', returnCode });

function payloadOf(answer: MqttRegistrationAnswer): string {
  if (answer.kind !== 'granted') throw new Error(`not granted: ${answer.returnCode}`);
  return answer.payload;
}

describe('wants', () => {
  it.each([
    ['x|authType=register,random=1|', true],
    ['x|securemode=-2, authType=regnwl |', true],
    ['x|authType=connwl,securemode=-2|', false],
    ['x|securemode=2,signmethod=hmacsha1|', false],
    ['authType=register', false],
    ['', false],
  ])('tells a registration from a login: %s', (clientId, isRegistration) => {
    expect(mqtt.wants(clientId)).toBe(isRegistration);
  });
});

describe('a module that registers over MQTT', () => {
  it('gets compact JSON on /ext/register, the same each time', async () => {
    const answer = await mqtt.answer(connectOf('MODEM-0001'), tls);
    const again = await mqtt.answer(connectOf('MODEM-0001'), tls);
    expect(answer).toMatchObject({ kind: 'granted', topic: '/ext/register' });
    expect(payloadOf(answer)).toMatch(
      new RegExp(
        `^{"productKey":"${product.productKey}","deviceName":"MODEM-0001","deviceSecret":"[0-9a-f]{32}"}$`,
      ),
    );
    expect(again).toEqual(answer);
    const [told] = await registrar.query(
      `SELECT address, detail FROM audit_event WHERE device_name = 'MODEM-0001' ORDER BY id`,
    );
    expect(told).toEqual({ address: '192.0.2.7', detail: { protocol: 'aliyun-mqtt' } });
  });

  it.each([
    ['C SDK 3.2.0', 'authType=register,random=RRR,signmethod=hmacsha256,securemode=2', 'sha256'],
    ['the Java sample', 'securemode=2,authType=register,signmethod=hmacsha1,random=RRR', 'sha1'],
    ['QuecPython', 'securemode=2,authType=register,random=RRR,signmethod=hmacmd5', 'md5'],
    ['a new instance', 'securemode=-2,authType=register,random=RRR,signmethod=hmacmd5', 'md5'],
    ['newlines', 'securemode=2,\n  authType=register,\n  random=RRR,\n  signmethod=hmacmd5', 'md5'],
  ])('is understood in the words of %s', async (_, params, method) => {
    const connect = connectOf('MODEM-0002', {
      clientId: `any id|${params}|`,
      password: password('MODEM-0002', 'RRR', product, method),
    });
    expect((await mqtt.answer(connect, tls)).kind).toBe('granted');
  });

  it('gets 2 on plain TCP, and its secret where the product allows plain text', async () => {
    expect(await mqtt.answer(connectOf('MODEM-0003'), tcp)).toEqual(refused(2));
    const open = await registrar.makeProduct({ allowPlaintext: true });
    await registrar.makeOrder(open, 'MODEM-');
    expect((await mqtt.answer(connectOf('MODEM-0003', {}, open), tcp)).kind).toBe('granted');
  });

  it.each([
    ['was activated', 'MODEM-0010', 'activated_at = now()', 4],
    ['is disabled', 'MODEM-0011', 'disabled_at = now()', 4],
    ['is held by a station', 'MODEM-0012', `state = 'confirmed'`, 4],
    ['is void', 'MODEM-0013', `state = 'void'`, 4],
  ])('is refused when its device %s', async (_, deviceName, change, returnCode) => {
    await registrar.query(`UPDATE device SET ${change} WHERE name = $1`, [deviceName]);
    expect(await mqtt.answer(connectOf(deviceName), tls)).toEqual(refused(returnCode));
  });

  it('gets 4 for an unknown name and while registration is off', async () => {
    const off = await registrar.makeProduct({ mode: 'off' });
    expect(await mqtt.answer(connectOf('nobody-1'), tls)).toEqual(refused(4));
    expect(await mqtt.answer(connectOf('MODEM-0001', {}, off), tls)).toEqual(refused(4));
  });

  it('gets 3 when the quota is used up: an admin may raise it', async () => {
    const small = await registrar.makeProduct();
    await registrar.makeOrder(small, 'MODEM-', { quota: 1 });
    expect((await mqtt.answer(connectOf('MODEM-0001', {}, small), tls)).kind).toBe('granted');
    expect(await mqtt.answer(connectOf('MODEM-0002', {}, small), tls)).toEqual(refused(3));
  });

  it('gets 3 when the database is away', async () => {
    const away = await openRegistrar();
    const lost = await away.makeProduct();
    await away.test.dataSource.destroy();
    const broken = new AliyunMqttRegistration(away.service, createLogger('silent'));
    const answer = await broken.answer(connectOf('MODEM-0001', {}, lost), tls);
    await away.close();
    expect(answer).toEqual(refused(3));
  });
});

describe('a stranger over MQTT', () => {
  it('gets 4 for every reason not to be proven, over TLS and over plain TCP', async () => {
    const good = connectOf('MODEM-0004');
    const strangers = [
      { ...good, password: '0'.repeat(64) },
      { ...good, password: 'secret' },
      { ...good, username: 'MODEM-0004&a1nowhere00' },
      { ...good, username: `MODEM-0005&${product.productKey}` },
      { ...good, clientId: good.clientId.replace('1359234095', '1') },
    ];
    for (const connect of strangers) {
      expect(await mqtt.answer(connect, tls)).toEqual(refused(4));
      expect(await mqtt.answer(connect, tcp)).toEqual(refused(4));
    }
  });

  it('gets 2 for what nobody could read, whatever the product', async () => {
    for (const productKey of [product.productKey, 'a1nowhere00']) {
      const good = { ...connectOf('MODEM-0004'), username: `MODEM-0004&${productKey}` };
      const unreadable = [
        { ...good, clientId: good.clientId.replace(/random=\d+,/, '') },
        { ...good, clientId: good.clientId.replace('hmacsha256', 'hmacsha512') },
        { ...good, clientId: good.clientId.replace(',signmethod=hmacsha256', '') },
        { ...good, username: undefined },
        { ...good, username: productKey },
        { ...good, password: undefined },
      ];
      for (const connect of unreadable) {
        expect(await mqtt.answer(connect, tls)).toEqual(refused(2));
        expect(await mqtt.answer(connect, tcp)).toEqual(refused(2));
      }
    }
  });
});
