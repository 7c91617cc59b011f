import { describe, expect, it } from 'vitest';
import { parseLogin } from '../../src/broker/login-request.js';
import { Secret } from '../../src/core/secret.js';
import { isSameSignature, sign } from '../../src/core/signing.js';

const secret = new Secret('0123456789abcdefghijklmnopqrstuv');
const username = 'MODEM-0001&a1TESTpk001';

/** Logins of real SDKs and of the documentation, with the signature they must carry. */
const vectors = [
  [
    'C Link SDK 4.2',
    'a1TESTpk001.MODEM-0001|timestamp=2524608000000,_ss=1,_v=sdk-c-4.2.0,securemode=2,signmethod=hmacsha256,ext=3,_conn=tls_4c|',
    'fe86fed699cc217b77d2e488776e1da8294b7a681a65d1dade253f2860b94386',
  ],
  [
    'npm aliyun-iot-device-sdk 1.0.1, with line ends',
    'a1TESTpk001&MODEM-0001_aliyun-iot-device-sdk-js|securemode=2,\n        signmethod=hmacsha1,\n        timestamp=1795368303533|',
    '9fe38767bd073d43ebd92ad07970c72c9cf9ea1a',
  ],
  [
    'npm alibabacloud-iot-device-sdk 1.2.8',
    'a1TESTpk001&MODEM-0001|securemode=2,signmethod=hmacsha1,timestamp=1795368291942,lan=NodeJS,_v=1.2.8|',
    '205c0397c903629879c8b5b80c42de59a74b7073',
  ],
  [
    'Android, without a timestamp',
    'MODEM-0001&a1TESTpk001|securemode=2,_v=1,lan=Android,signmethod=hmacsha1,ext=1|',
    '58e772035116232f15fa8d7af35e7ad744c895a5',
  ],
  [
    'an empty id',
    '|timestamp=2524608000000,securemode=3,signmethod=hmacsha256|',
    '1082f6b66e97994cd13fd14fb60852adc00a00b9108742fca150d854a344733c',
  ],
  ['no sign method, which is MD5', 'abc123|securemode=3|', '77f95651dee6696f7d967807ddc92668'],
  [
    'MD5 with a timestamp, upper case',
    'abc123|securemode=3,signmethod=hmacmd5,timestamp=1700000000000|',
    '9D59EADAB9A9B39AD85A4BF7E596FB04',
  ],
] as const;

describe('a login', () => {
  it.each(vectors)('of %s is signed as the vector says', (_who, clientId, password) => {
    const claim = parseLogin({ clientId, username, password });
    if (typeof claim === 'string') throw new Error(`malformed ${claim}`);
    expect(claim).toMatchObject({ productKey: 'a1TESTpk001', deviceName: 'MODEM-0001' });
    expect(isSameSignature(sign(claim.method, secret, claim.content), claim.signature)).toBe(true);
  });

  it.each([
    ['no bars', 'abc123'],
    ['an id of 65 characters', `${'x'.repeat(65)}|securemode=3|`],
    ['an unknown sign method', 'abc|securemode=3,signmethod=hmacsha512|'],
    ['no secure mode', 'abc|signmethod=hmacsha1|'],
    ['another secure mode', 'abc|securemode=9|'],
  ])('with %s has a malformed identifier', (_what, clientId) => {
    expect(parseLogin({ clientId, username, password: 'aa' })).toBe('identifier');
  });

  it.each([
    ['no user name', undefined, 'aa'],
    ['a user name without its half', 'MODEM-0001&', 'aa'],
    ['a user name with too much', 'a&b&c', 'aa'],
    ['no password', username, undefined],
  ])('with %s has malformed credentials', (_what, name, password) => {
    const clientId = 'abc|securemode=3|';
    expect(parseLogin({ clientId, username: name, password })).toBe('credentials');
  });
});
