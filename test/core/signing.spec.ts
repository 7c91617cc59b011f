import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import {
  isSameSignature,
  loginContent,
  parseSignMethod,
  registrationContent,
  sign,
} from '../../src/core/signing.js';
import type { SignMethod } from '../../src/core/signing.js';

const productKey = 'a1TESTpk001';
const deviceName = 'MODEM-0001';
const productSecret = new Secret('Ps3cr3tForTests1');
const deviceSecret = new Secret('0123456789abcdefghijklmnopqrstuv');

type Registration = [
  name: string,
  method: SignMethod,
  fields: { deviceName?: string; random: string },
  hex: string,
];

/** Computed with node, python and openssl, which agree; V20-V22 were sent by real SDKs. */
const registrations: Registration[] = [
  ['V1', 'hmacmd5', { random: '123456' }, 'b641eb641aa9976c6d7f97240c800000'],
  ['V2', 'hmacsha1', { random: '123456' }, '29067e47dd237d7675f7a76238a2c3581aa21d99'],
  [
    'V3',
    'hmacsha256',
    { random: '123456' },
    '803dfe540469255e7529b2a4e6d92ae825ef3cc2082965f799d78ccdd3ba8a8c',
  ],
  [
    'V4, the constant random of C SDKs 3.x',
    'hmacsha256',
    { random: '8Ygb7ULYh53B6OA' },
    'e9eb5c9d407a6cbb55ecb805005e90224621a9fc6e5b73f55507b5ef02f17c14',
  ],
  [
    'V5, characters that a form encodes',
    'hmacsha1',
    { deviceName: 'AA:BB@c.d_e-f', random: 'r+ &=1' },
    'c7ff1374fa5c641b9ac4f6690316f7ce52303c67',
  ],
  [
    'V6, the shortest name',
    'hmacsha256',
    { deviceName: 'a.-_', random: '0' },
    'edd690ce3919c952d66ceadc559ab7aa1245d33de688ab600f5be815ec10ba59',
  ],
  ['V14', 'hmacmd5', { random: 'rnd123456' }, '18d521efba694ff9dd81ae3ffa305dcf'],
  [
    'V14, sent by npm 1.2.8',
    'hmacsha1',
    { random: 'rnd123456' },
    '5e6de4c5a460d036ed9dbe9b4a526be970148361',
  ],
  [
    'V14',
    'hmacsha256',
    { random: 'rnd123456' },
    '30fc954853110d1da6379a6d47aee4ca7b7b1c5c2b5d525031a1a5567d23f89e',
  ],
  [
    'V20, sent by Python linkkit 1.2.13',
    'hmacsha256',
    { random: 'MtqoBFlb0CqhPgC' },
    'f930cecb43c3f1e107ccae12b48f69b72b290632f1f72fc4f61975f4d0c5b2a9',
  ],
  [
    'V21, sent by C SDK 4.2.0',
    'hmacsha256',
    { random: '1359234095' },
    '41d5a9e4b780c304236286cdf584c230db694278b06d7b8be3fc27ba5088ef56',
  ],
  [
    'V22, sent by C SDK 3.2.0',
    'hmacsha256',
    { random: '8B8FB152' },
    '14f537e8222ac19590a50cb3d63a872ba65178d87f9251c4179a0ab2756eadac',
  ],
];

describe('the signature of a registration', () => {
  it.each(registrations)('fits %s (%s)', (_, method, fields, hex) => {
    const content = registrationContent({ productKey, deviceName, ...fields });
    expect(sign(method, productSecret, content)).toBe(hex);
  });
});

type Login = [
  name: string,
  method: SignMethod,
  fields: { clientId: string; timestamp?: string },
  hex: string,
];

const logins: Login[] = [
  ['V7', 'hmacmd5', { clientId: 'abc123' }, '77f95651dee6696f7d967807ddc92668'],
  ['V8', 'hmacsha1', { clientId: 'abc123' }, 'f2c67b2db6ec651bcc209c2c4aa4f80091f693d6'],
  [
    'V9',
    'hmacsha256',
    { clientId: 'abc123' },
    '56d53941aaa1a7e7fe4a089da49866f00559b628803767d2b7e89fca647a9205',
  ],
  [
    'V10',
    'hmacmd5',
    { clientId: 'abc123', timestamp: '1700000000000' },
    '9d59eadab9a9b39ad85a4bf7e596fb04',
  ],
  [
    'V11',
    'hmacsha1',
    { clientId: 'abc123', timestamp: '1700000000000' },
    '756f4540b0928ce71625cf45e3cd56b97fe3c27d',
  ],
  [
    'V12',
    'hmacsha256',
    { clientId: 'abc123', timestamp: '1700000000000' },
    'b8c7134a30c5aa60e2074234455fc8ac5474dd53002d38af0f5132a7151df88c',
  ],
  [
    'V15, C SDK',
    'hmacsha256',
    { clientId: 'a1TESTpk001.MODEM-0001', timestamp: '2524608000000' },
    'fe86fed699cc217b77d2e488776e1da8294b7a681a65d1dade253f2860b94386',
  ],
  [
    'V16, an empty client id of version 5',
    'hmacsha256',
    { clientId: '', timestamp: '2524608000000' },
    '1082f6b66e97994cd13fd14fb60852adc00a00b9108742fca150d854a344733c',
  ],
  [
    'V17, Android, without a timestamp',
    'hmacsha1',
    { clientId: 'MODEM-0001&a1TESTpk001' },
    '58e772035116232f15fa8d7af35e7ad744c895a5',
  ],
  [
    'V18, sent by npm 1.0.1',
    'hmacsha1',
    { clientId: 'a1TESTpk001&MODEM-0001_aliyun-iot-device-sdk-js', timestamp: '1795368303533' },
    '9fe38767bd073d43ebd92ad07970c72c9cf9ea1a',
  ],
  [
    'V19, sent by npm 1.2.8',
    'hmacsha1',
    { clientId: 'a1TESTpk001&MODEM-0001', timestamp: '1795368291942' },
    '205c0397c903629879c8b5b80c42de59a74b7073',
  ],
];

describe('the signature of a login', () => {
  it.each(logins)('fits %s (%s)', (_, method, fields, hex) => {
    const content = loginContent({ productKey, deviceName, ...fields });
    expect(sign(method, deviceSecret, content)).toBe(hex);
  });

  it('fits V13, the vector that the official document prints in upper case', () => {
    const content = loginContent({
      clientId: '12345',
      deviceName: 'device',
      productKey: 'pk',
      timestamp: '789',
    });
    const hex = sign('hmacsha1', new Secret('secret'), content);
    expect(isSameSignature(hex, 'FAFD82A3D602B37FB0FA8B7892F24A477F851A14')).toBe(true);
  });
});

describe('isSameSignature', () => {
  const expected = '29067e47dd237d7675f7a76238a2c3581aa21d99';

  it.each([
    ['as computed', expected],
    ['in upper case, as C SDKs send it', expected.toUpperCase()],
    ['in mixed case', `29067E47DD${expected.slice(10)}`],
  ])('takes the signature %s', (_, sent) => {
    expect(isSameSignature(expected, sent)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['one digit less', expected.slice(1)],
    ['one digit more', `${expected}0`],
    ['another last digit', `${expected.slice(0, -1)}8`],
    ['another first digit', `3${expected.slice(1)}`],
    ['blanks around it', ` ${expected} `],
    ['a signature of another method', 'b641eb641aa9976c6d7f97240c800000'],
    ['letters that are no hex', 'é'.repeat(expected.length)],
    ['letters whose low byte is the right digit', lowByteTwins(expected)],
  ])('refuses %s', (_, sent) => {
    expect(isSameSignature(expected, sent)).toBe(false);
  });
});

describe('parseSignMethod', () => {
  it.each([
    ['hmacmd5', 'hmacmd5'],
    ['HmacMD5', 'hmacmd5'],
    ['hmac_md5', 'hmacmd5'],
    ['hmacsha1', 'hmacsha1'],
    ['HmacSHA1', 'hmacsha1'],
    ['hmac-sha1', 'hmacsha1'],
    ['hmacsha256', 'hmacsha256'],
    ['HMAC_SHA256', 'hmacsha256'],
  ])('reads %s as %s', (text, method) => {
    expect(parseSignMethod(text)).toBe(method);
  });

  it.each(['', 'md5', 'sha256', 'hmacsha512', 'hmac sha1', 'hmacsha1x', '__proto__'])(
    'does not know %j',
    (text) => {
      expect(parseSignMethod(text)).toBeUndefined();
    },
  );
});

/** Characters above U+00FF that a cut to one byte would take for the digits of a signature. */
function lowByteTwins(hex: string): string {
  return hex.replace(/./g, (digit) => String.fromCharCode(0x100 + digit.charCodeAt(0)));
}
