import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frontDoorTiming } from '../../src/broker/front-door.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { credentials } from '../broker/devices.js';
import type { TestDevice } from '../broker/devices.js';
import {
  RawClient,
  accepted,
  connectPacket,
  pingAnswer,
  pingRequest,
} from '../broker/raw-client.js';
import { dialTls } from './dial.js';
import { deviceName, makeKnownDevices, productKey } from './known-device.js';
import { c42Connect } from './observed.js';

let service: TestService;
let device: TestDevice;
let used: TestDevice;
beforeAll(async () => {
  service = await startTestService();
  [device, used] = await makeKnownDevices(service);
});
afterAll(async () => {
  await service.stop();
});

const hexOf = (text: string): string => Buffer.from(text).toString('hex');

/** The PUBLISH that every C SDK takes apart by hand: 0x77 bytes, QoS 0, compact JSON. */
function publish(): string {
  const names = `"productKey":"${productKey}","deviceName":"${deviceName}"`;
  return `3077000d${hexOf(`/ext/register{${names},"deviceSecret":"${device.deviceSecret}"}`)}`;
}

const username = `${deviceName}&${productKey}`;

describe('line 11: the registration of C SDK 4.2', () => {
  it('is answered with CONNACK and PUBLISH in two pieces, unasked', async () => {
    const client = await dialTls(service);
    client.send(c42Connect);
    expect(await client.bytes(4 + 0x79)).toBe(accepted + publish());
    expect(client.chunks.map((chunk) => chunk.toString('hex'))).toEqual([accepted, publish()]);
  });

  it('is answered alike when it comes one byte at a time', async () => {
    const client = await dialTls(service);
    for (const byte of Buffer.from(c42Connect, 'hex')) {
      client.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await client.bytes(4 + 0x79)).toBe(accepted + publish());
  });

  it('has the times that SDKs need: 50 to 200 ms until the PUBLISH, 15 s until the end', () => {
    expect(frontDoorTiming.publishAfterMs).toBeGreaterThanOrEqual(50);
    expect(frontDoorTiming.publishAfterMs).toBeLessThanOrEqual(200);
    expect(frontDoorTiming.lingerMs).toBe(15_000);
  });
});

// Signatures computed with openssl; the passwords of C SDKs are upper-case hex.
const python = 'f930cecb43c3f1e107ccae12b48f69b72b290632f1f72fc4f61975f4d0c5b2a9';
const c32 = '14F537E8222AC19590A50CB3D63A872BA65178D87F9251C4179A0AB2756EADAC';
const sha1 = '29067E47DD237D7675F7A76238A2C3581AA21D99';
const md5 = 'b641eb641aa9976c6d7f97240c800000';
const spread =
  'securemode=2,\n        authType=register,\n\trandom = 123456 ,\r\n signmethod=hmacmd5 ';

type Registration = readonly [who: string, clientId: string, password: string, keepAlive: number];
const registrations: readonly [Registration, ...Registration[]] = [
  [
    'C SDK 3.2',
    'a1TESTpk001.MODEM-0001|authType=register,random=8B8FB152,signmethod=hmacsha256,securemode=2|',
    c32,
    120,
  ],
  [
    'the Python SDK',
    'MODEM-0001.a1TESTpk001|random=MtqoBFlb0CqhPgC,authType=register,securemode=2,signmethod=hmacsha256|',
    python,
    60,
  ],
  [
    'the Java sample',
    'a1TESTpk001.MODEM-0001|securemode=2,authType=register,signmethod=hmacsha1,random=123456|',
    sha1,
    60,
  ],
  [
    'a Lua module',
    'MODEM-0001|securemode=2,authType=register,random=123456,signmethod=hmacmd5|',
    md5,
    0,
  ],
  ['firmware without an id', `|${spread}|`, md5, 60],
  ['firmware with names the other way round', `MODEM-0001&a1TESTpk001|${spread}|`, md5, 60],
  ['firmware with the id of another device', `a1OTHERpk00.MODEM-9999|${spread}|`, md5, 60],
  ['firmware for new instances', `x|${spread.replace('=2', '=-2')},instanceId=iot-x|`, md5, 60],
  ['firmware with parameters of its own', `x|_v=9,gw=0,${spread},os=,,=|`, md5, 65_535],
];

describe('lines 2, 6, 7, 9, 10 and 12: a registration in the words of', () => {
  it.each(registrations)('%s is answered', async (_, clientId, password, keepalive) => {
    const packet = connectPacket({ clientId, username, password, keepalive });
    const client = await dialTls(service);
    client.send(packet);
    expect(await client.bytes(4 + 0x79)).toBe(accepted + publish());
  });

  it.each(registrations)('%s is answered over MQTT 5', async (_, clientId, password, keepalive) => {
    const fields = { clientId, username, password, keepalive };
    const client = await dialTls(service);
    client.send(connectPacket({ ...fields, protocolVersion: 5 }));
    const withProperties = publish().replace(/^3077(.{30})/, '3078$100');
    expect(await client.bytes(5 + 0x7a)).toBe(`2003000000${withProperties}`);
  });

  it('C SDK 3.2 is answered over MQTT 3.1, and for the same random again', async () => {
    const [, clientId, password] = registrations[0];
    for (let count = 0; count < 2; count += 1) {
      const client = await dialTls(service);
      client.send(connectPacket({ clientId, username, password, protocolVersion: 3 }));
      expect(await client.bytes(4 + 0x79)).toBe(accepted + publish());
    }
  });
});

describe('a registration that is refused', () => {
  const params = 'authType=register,random=123456,signmethod=hmacmd5,securemode=2';

  it.each([
    ['a wrong signature', params, username, 'ff', '20020004'],
    ['an unknown product', params, 'MODEM-0001&a1nowhere00', md5, '20020004'],
    ['an unknown device, not signed', params, `MODEM-0003&${productKey}`, md5, '20020004'],
    ['no random', params.replace('random', 'rand'), username, md5, '20020002'],
    ['no sign method', params.replace('signmethod', 's'), username, md5, '20020002'],
    ['an odd sign method', params.replace('hmacmd5', 'crc'), username, md5, '20020002'],
    ['a user name without &', params, deviceName, md5, '20020002'],
  ])('for %s', async (_, given, name, password, answer) => {
    const client = await dialTls(service);
    client.send(connectPacket({ clientId: `x|${given}|`, username: name, password }));
    expect(await client.closed()).toBe(answer);
  });

  it('over plain TCP gets 2, and 4 without proof', async () => {
    for (const [password, answer] of [
      [md5, '20020002'],
      ['ff', '20020004'],
    ] as const) {
      const client = await RawClient.open(service.service.ports.mqttPort);
      client.send(connectPacket({ clientId: `x|${params}|`, username, password }));
      expect(await client.closed()).toBe(answer);
    }
  });
});

/** Who, id with `pk` and `dn` for the names, parameters; observed, but for the last three. */
const logins: readonly (readonly [string, string, string])[] = [
  [
    'C SDK 4.2',
    'pk.dn',
    'timestamp=2524608000000,_ss=1,_v=sdk-c-4.2.0,securemode=2,signmethod=hmacsha256,ext=3,_conn=tls_4c',
  ],
  [
    'C SDK 3.2',
    'pk.dn',
    'timestamp=2524608000000,_v=sdk-c-3.2.0,securemode=2,signmethod=hmacsha256,lan=C,_ss=1,gw=0,ext=0',
  ],
  [
    'C SDK 3.0',
    'pk.dn',
    'timestamp=2524608000000,_v=sdk-c-3.0.1,securemode=2,signmethod=hmacsha256,lan=C,gw=0,ext=0',
  ],
  [
    'the npm SDK',
    'pk&dn',
    'securemode=2,signmethod=hmacsha1,timestamp=1795368291942,lan=NodeJS,_v=1.2.8',
  ],
  [
    'the older npm SDK, with newlines',
    'pk&dn_aliyun-iot-device-sdk-js',
    'securemode=2,\n        signmethod=hmacsha1,\n        timestamp=1795368303533',
  ],
  [
    'the Python SDK, in seconds',
    'pk&dn',
    'securemode=2,signmethod=hmacsha1,ext=1,_ss=1,lan=Python,_v=1.2.13,timestamp=1795368193',
  ],
  [
    'the Android SDK, without timestamp',
    'dn&pk',
    'securemode=2,_v=1,lan=Android,os=11,signmethod=hmacsha1,ext=1',
  ],
  [
    'a client that lets the server name it',
    '',
    'timestamp=2524608000000,securemode=2,signmethod=hmacsha256',
  ],
  ['firmware that names no method', 'dn.pk', 'securemode=2,timestamp=1'],
  [
    'firmware of 1970, over what it takes for TCP',
    'dn',
    'timestamp=0,securemode=3,signmethod=hmacmd5',
  ],
];

describe('lines 8, 9, 10 and 12: a login in the words of', () => {
  it.each(logins)('%s gets a CONNACK of remaining length 2', async (_, id, params) => {
    const name = id.replace('dn', used.deviceName).replace('pk', productKey);
    const { password, ...names } = credentials(used, { id: name, params });
    for (const written of [password, password.toUpperCase()]) {
      const client = await dialTls(service);
      client.send(connectPacket({ ...names, password: written }), pingRequest);
      expect(await client.bytes(6)).toBe(accepted + pingAnswer);
    }
  });

  it('firmware that registered and logged in is refused its secret from then on', async () => {
    const [random, method] = ['123456', 'hmacsha1'];
    const clientId = `x|authType=register,random=${random},signmethod=${method},securemode=2|`;
    const login = await dialTls(service);
    login.send(connectPacket(credentials(device)));
    expect(await login.bytes(4)).toBe(accepted);
    const again = await dialTls(service);
    again.send(connectPacket({ clientId, username, password: sha1 }));
    expect(await again.closed()).toBe('20020004');
  });
});

describe('line 13: a SUBSCRIBE that is denied', () => {
  it('is answered 0x80 beside what is granted, and the connection stays', async () => {
    const topic = `/${productKey}/${used.deviceName}/user/get`;
    const others = `/${productKey}/${deviceName}/user/get`;
    const subscriptions = [topic, others, '#'].map((name) => ({ topic: name, qos: 1 }) as const);
    const client = await dialTls(service);
    client.send(
      connectPacket(credentials(used)),
      generate({ cmd: 'subscribe', messageId: 258, subscriptions }),
    );
    expect(await client.bytes(11)).toBe(`${accepted}90050102018080`);
    client.send(pingRequest);
    expect(await client.bytes(13)).toBe(`${accepted}90050102018080${pingAnswer}`);
  });
});
