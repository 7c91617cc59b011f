import { expect, it, onTestFinished } from 'vitest';
import { connectPort } from '../../../src/jig/transports/connect-port.js';
import type { Transport } from '../../../src/jig/transports/transport.js';
import { collect, endOf } from './byte-peer.js';
import { startRfc2217Server } from './rfc2217-server.js';

async function open(port: string, connectMs = 5_000): Promise<Transport> {
  const transport = await connectPort(port, { connectMs, baudRate: 9600 });
  onTestFinished(() => {
    transport.close();
  });
  return transport;
}

it('a server that sets another rate than asked for ends the port, and both are named', async () => {
  const port = await startRfc2217Server({ agrees: true, rate: () => 115_200 });
  await expect(open(`${port}?baud=9600`)).rejects.toMatchObject({
    reason: 'port_settings_refused',
    detail: expect.stringContaining(
      'asked for baudRate 9600, the server has set 115200',
    ) as unknown,
  });
});

it('a rate that the server does not take later is refused too', async () => {
  const port = await startRfc2217Server({ agrees: true, rate: () => 9600 });
  const transport = await open(port);
  await expect(transport.setBaudRate?.(57_600)).rejects.toMatchObject({
    reason: 'port_settings_refused',
  });
});

it('a server that refuses the option is not set', async () => {
  const port = await startRfc2217Server({ agrees: false });
  await expect(open(port)).rejects.toMatchObject({
    reason: 'port_settings_refused',
    detail: expect.stringContaining('does not speak RFC 2217') as unknown,
  });
});

it('a server that knows no telnet is waited for no longer than the connection may take', async () => {
  const port = await startRfc2217Server({});
  await expect(open(port, 100)).rejects.toMatchObject({
    reason: 'port_timeout',
    detail: 'no RFC 2217 answer within 100 ms: set the server to telnet(rfc2217), or write tcp://',
  });
});

it('data before the line is set is dropped, data after it is kept for the listener', async () => {
  const port = await startRfc2217Server({
    agrees: true,
    greeting: [...Buffer.from('garbage')],
    module: (text) => text.toLowerCase(),
  });
  const transport = await open(port);
  transport.write(Buffer.from('AT'));
  expect(String(await collect(transport)(2))).toBe('at');
});

it('a refusal that comes while the port is in use ends it', async () => {
  const port = await startRfc2217Server({ agrees: true, module: () => '\xff\xfe\x2c' });
  const transport = await open(port);
  collect(transport);
  transport.write(Buffer.from('AT'));
  expect(await endOf(transport)).toMatchObject({ reason: 'port_settings_refused' });
});
