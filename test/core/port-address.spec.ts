import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { formatPort, parsePort, portKey } from '../../src/core/port-address.js';

const line = { dataBits: 8, parity: 'none', stopBits: 1 };

function refusalOf(text: string): DomainError {
  try {
    parsePort(text);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('the port of a slot', () => {
  it.each([
    ['tcp://10.0.0.5:4001', { kind: 'tcp', host: '10.0.0.5', port: 4001 }],
    ['TCP://Jig-3.Line.test:2000/', { kind: 'tcp', host: 'jig-3.line.test', port: 2000 }],
    ['tcp://[::1]:65535', { kind: 'tcp', host: '::1', port: 65_535 }],
    ['serial:///dev/ttyUSB0', { kind: 'serial', path: '/dev/ttyUSB0', line }],
    ['serial://com12', { kind: 'serial', path: 'COM12', line }],
    [
      'serial:///dev/serial/by-id/usb-FTDI_FT4232H-if00-port0?baud=9600&parity=even',
      {
        kind: 'serial',
        path: '/dev/serial/by-id/usb-FTDI_FT4232H-if00-port0',
        line: { ...line, baudRate: 9600, parity: 'even' },
      },
    ],
    ['rfc2217://jig:7001', { kind: 'rfc2217', host: 'jig', port: 7001, line }],
    [
      'rfc2217://jig:7001?baud=3000000&dataBits=7&parity=odd&stopBits=2',
      {
        kind: 'rfc2217',
        host: 'jig',
        port: 7001,
        line: { baudRate: 3_000_000, dataBits: 7, parity: 'odd', stopBits: 2 },
      },
    ],
  ])('is read: %s', (text, address) => {
    expect(parsePort(text)).toEqual(address);
  });

  it.each([
    ['', 'It is no URL'],
    ['ttyUSB0', 'It is no URL'],
    ['/dev/ttyUSB0', 'It is no URL'],
    ['tcp://host:65536', 'It is no URL'],
    ['tcp://host:x', 'It is no URL'],
    ['http://host:80', 'begins with none of'],
    ['COM3:', 'begins with none of'],
    ['tcp://', 'The host is missing'],
    ['tcp://:4001', 'It is no URL'],
    ['tcp://ho%41st:1', 'no host name'],
    ['tcp://host', 'The TCP port'],
    ['tcp://host:0', 'The TCP port'],
    ['rfc2217://host?baud=9600', 'The TCP port'],
    ['tcp://host:1/path', 'no path'],
    ['tcp://host:1?baud=9600', 'tcp:// has no settings'],
    ['tcp://user:hush@host:1', 'neither a user'],
    ['rfc2217://hush@host:1', 'neither a user'],
    ['tcp://host:1#x', 'fragment'],
    ['serial://dev/ttyUSB0', 'three slashes'],
    ['serial://COM0', 'three slashes'],
    ['serial:ttyUSB0', 'below /dev'],
    ['serial:///etc/passwd', 'below /dev'],
    ['serial:///dev/../etc/passwd', 'below /dev'],
    ['serial:///dev/%2e%2e/etc/passwd', 'below /dev'],
    ['serial:///dev/..%2fetc/passwd', 'below /dev'],
    ['serial:///dev/', 'below /dev'],
    ['serial:///dev/tty USB0', 'below /dev'],
    ['serial:///dev/ttyUSB0?baud=fast', 'baud is a whole number'],
    ['serial:///dev/ttyUSB0?baud=', 'baud is a whole number'],
    ['serial:///dev/ttyUSB0?baud=9600.5', 'baud is a whole number'],
    ['serial:///dev/ttyUSB0?baud=49', 'baud is a whole number'],
    ['serial:///dev/ttyUSB0?baud=4000001', 'baud is a whole number'],
    ['serial:///dev/ttyUSB0?parity=mark', 'parity is one of none, even, odd'],
    ['serial:///dev/ttyUSB0?dataBits=9', 'dataBits is one of 5, 6, 7, 8'],
    ['serial:///dev/ttyUSB0?stopBits=1.5', 'stopBits is one of 1, 2'],
    ['serial:///dev/ttyUSB0?baud=9600&baud=115200', '"baud" is there twice'],
    ['rfc2217://host:1?baudRate=9600', 'no setting "baudRate"'],
    ['rfc2217://host:1?hush%20hush=1', 'no setting "…"'],
  ])('is refused, and what is wrong is named: %j', (text, why) => {
    const { code, detail } = refusalOf(text);
    expect(code).toBe('slot.port_malformed');
    expect(detail).toContain(why);
    expect(detail).not.toContain('hush');
  });
});

it.each([
  ['TCP://JIG:4001/', 'tcp://jig:4001'],
  ['tcp://[::1]:9', 'tcp://[::1]:9'],
  ['serial:/dev/ttyS1?dataBits=8&parity=none&stopBits=1', 'serial:///dev/ttyS1'],
  ['serial://com3?baud=9600', 'serial://COM3?baud=9600'],
  [
    'rfc2217://JIG:1?stopBits=2&parity=odd&dataBits=7&baud=9600',
    'rfc2217://jig:1?baud=9600&dataBits=7&parity=odd&stopBits=2',
  ],
])('%s is kept as %s, which is read as the same', (text, kept) => {
  expect(formatPort(parsePort(text))).toBe(kept);
  expect(parsePort(kept)).toEqual(parsePort(text));
});

it.each([
  ['serial:///dev/ttyS1?baud=9600', 'serial:///dev/ttyS1?baud=115200', true],
  ['tcp://jig:4001', 'rfc2217://JIG:4001?baud=9600', true],
  ['tcp://jig:4001', 'tcp://jig:4002', false],
  ['serial:///dev/ttyS1', 'serial:///dev/ttyS2', false],
])('%s and %s are one port: %s', (one, other, isSame) => {
  expect(portKey(parsePort(one)) === portKey(parsePort(other))).toBe(isSame);
});
