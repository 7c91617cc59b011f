import { expect, it } from 'vitest';
import { parsePort } from '../../../src/jig/transports/port-address.js';

it.each([
  ['tcp://10.0.0.5:4001', '10.0.0.5', 4001],
  ['tcp://jig-3.line.test:2000/', 'jig-3.line.test', 2000],
  ['tcp://[::1]:65535', '::1', 65_535],
])('reads %s', (text, host, port) => {
  expect(parsePort(text)).toEqual({ kind: 'tcp', host, port });
});

it.each([
  '',
  'tcp',
  'tcp://',
  'tcp://host',
  'tcp://:4001',
  'tcp://host:0',
  'tcp://host:65536',
  'tcp://host:x',
  'tcp://user:hush@host:1',
  'tcp://host:1/path',
  'tcp://host:1?baud=9600',
  'http://host:80',
  'serial:///dev/ttyUSB0',
])('refuses %j, and does not repeat it', (text) => {
  let error: unknown;
  try {
    parsePort(text);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code: 'jig.port_malformed' });
  expect(String(error)).not.toContain('hush');
});
