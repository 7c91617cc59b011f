import { describe, expect, it } from 'vitest';
import { parseClientId, parseUsername } from '../../src/core/client-id.js';

/** Seen on the wire, from SDKs that were not changed, unless the name says otherwise. */
const registrations: [name: string, clientId: string, id: string, params: object][] = [
  [
    'C SDK 4.2.0',
    'MODEM-0001.a1TESTpk001|random=1359234095,authType=register,securemode=2,signmethod=hmacsha256|',
    'MODEM-0001.a1TESTpk001',
    { random: '1359234095', authType: 'register', securemode: '2', signmethod: 'hmacsha256' },
  ],
  [
    'C SDK 4.2.0, not pre-registered',
    'MODEM-0001.a1TESTpk001|random=876080391,authType=regnwl,securemode=2,signmethod=hmacsha256,instanceId=iot-test-inst|',
    'MODEM-0001.a1TESTpk001',
    { random: '876080391', authType: 'regnwl', instanceId: 'iot-test-inst' },
  ],
  [
    'C SDK 3.2.0',
    'a1TESTpk001.MODEM-0001|authType=register,random=8B8FB152,signmethod=hmacsha256,securemode=2|',
    'a1TESTpk001.MODEM-0001',
    { random: '8B8FB152', authType: 'register', signmethod: 'hmacsha256' },
  ],
  [
    'Python linkkit 1.2.13',
    'MODEM-0001.a1TESTpk001|random=MtqoBFlb0CqhPgC,authType=register,securemode=2,signmethod=hmacsha256|',
    'MODEM-0001.a1TESTpk001',
    { random: 'MtqoBFlb0CqhPgC', authType: 'register', signmethod: 'hmacsha256' },
  ],
  [
    'the Java sample of the document',
    'a1TESTpk001.MODEM-0001|securemode=2,authType=register,signmethod=hmacsha1,random=123456|',
    'a1TESTpk001.MODEM-0001',
    { random: '123456', authType: 'register', signmethod: 'hmacsha1' },
  ],
  [
    'Lua and QuecPython (third party)',
    'MODEM-0001|securemode=2,authType=register,random=123,signmethod=hmacmd5|',
    'MODEM-0001',
    { random: '123', authType: 'register', signmethod: 'hmacmd5' },
  ],
];

const logins: typeof registrations = [
  [
    'C SDK 4.2.0',
    'a1TESTpk001.MODEM-0001|timestamp=2524608000000,_ss=1,_v=sdk-c-4.2.0,securemode=2,signmethod=hmacsha256,ext=3,_conn=tls_4c|',
    'a1TESTpk001.MODEM-0001',
    { timestamp: '2524608000000', _ss: '1', _v: 'sdk-c-4.2.0', ext: '3', _conn: 'tls_4c' },
  ],
  [
    'C SDK 3.2.0',
    'a1TESTpk001.MODEM-0001|timestamp=2524608000000,_v=sdk-c-3.2.0,securemode=2,signmethod=hmacsha256,lan=C,_ss=1,gw=0,ext=0|',
    'a1TESTpk001.MODEM-0001',
    { timestamp: '2524608000000', lan: 'C', gw: '0', signmethod: 'hmacsha256' },
  ],
  [
    'npm 1.2.8',
    'a1TESTpk001&MODEM-0001|securemode=2,signmethod=hmacsha1,timestamp=1795368291942,lan=NodeJS,_v=1.2.8|',
    'a1TESTpk001&MODEM-0001',
    { securemode: '2', signmethod: 'hmacsha1', timestamp: '1795368291942' },
  ],
  [
    'npm 1.0.1, with newlines between the parameters',
    'a1TESTpk001&MODEM-0001_aliyun-iot-device-sdk-js|securemode=2,\n        signmethod=hmacsha1,\n        timestamp=1795368303533|',
    'a1TESTpk001&MODEM-0001_aliyun-iot-device-sdk-js',
    { securemode: '2', signmethod: 'hmacsha1', timestamp: '1795368303533' },
  ],
  [
    'Python linkkit 1.2.13',
    'a1TESTpk001&MODEM-0001|securemode=2,signmethod=hmacsha1,ext=1,_ss=1,lan=Python,_v=1.2.13,timestamp=1795368193|',
    'a1TESTpk001&MODEM-0001',
    { signmethod: 'hmacsha1', timestamp: '1795368193' },
  ],
  [
    'Android, read in its source',
    'MODEM-0001&a1TESTpk001|securemode=2,_v=1.7,lan=Android,os=13,signmethod=hmacsha1,ext=1|',
    'MODEM-0001&a1TESTpk001',
    { lan: 'Android', os: '13', signmethod: 'hmacsha1' },
  ],
  [
    'C SDK 4.1.0 with an id that the server is to assign',
    '|timestamp=2524608000000,securemode=2,signmethod=hmacsha256|',
    '',
    { timestamp: '2524608000000', signmethod: 'hmacsha256' },
  ],
  [
    'C SDK 4.2.0 with a device token',
    'CID|authType=connwl,securemode=-2,_ss=1,ext=3,_v=sdk-c-4.2.0|',
    'CID',
    { authType: 'connwl', securemode: '-2' },
  ],
];

describe('parseClientId', () => {
  it.each([...registrations, ...logins])('reads what %s sends', (_, text, id, params) => {
    const parsed = parseClientId(text);
    expect(parsed?.id).toBe(id);
    expect(Object.fromEntries(parsed?.params ?? [])).toMatchObject(params);
  });

  const odd: [name: string, clientId: string, params: [string, string][]][] = [
    [
      'no closing bar',
      'x|authType=register,random=1',
      [
        ['authType', 'register'],
        ['random', '1'],
      ],
    ],
    ['text after the closing bar', 'x|random=1|random=2|', [['random', '1']]],
    ['a key twice: the first wins', 'x|random=1,random=2|', [['random', '1']]],
    [
      'white space around keys and values',
      'x| random = 1 ,\r\n\tauthType =\tregister|',
      [
        ['random', '1'],
        ['authType', 'register'],
      ],
    ],
    ['a value with an equals sign', 'x|random=a=b|', [['random', 'a=b']]],
    ['an empty value', 'x|random=|', [['random', '']]],
    ['pieces that are no parameters', 'x|,,lonely,random=1,|', [['random', '1']]],
    ['nothing between the bars', 'x||', []],
    [
      'names of object members',
      'x|__proto__=1,constructor=2|',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ];

  it.each(odd)('reads %s', (_, text, params) => {
    expect([...(parseClientId(text)?.params ?? [])]).toEqual(params);
  });

  it.each(['', 'x', 'a1TESTpk001.MODEM-0001'])('finds no parameters in %j', (text) => {
    expect(parseClientId(text)).toBeUndefined();
  });
});

describe('parseUsername', () => {
  it('takes the device name first and the product key second', () => {
    expect(parseUsername('MODEM-0001&a1TESTpk001')).toEqual({
      deviceName: 'MODEM-0001',
      productKey: 'a1TESTpk001',
    });
  });

  it('keeps every character that a device name may have', () => {
    expect(parseUsername('AA:BB@c.d_e-f&a1')?.deviceName).toBe('AA:BB@c.d_e-f');
  });

  it.each(['', '&', 'MODEM-0001', 'MODEM-0001&', '&a1TESTpk001', 'a&b&c', 'a&&b'])(
    'refuses %j',
    (text) => {
      expect(parseUsername(text)).toBeUndefined();
    },
  );
});
