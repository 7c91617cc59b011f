import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestListeners, TestTls, anyPorts } from './harness.js';

let tls: TestTls;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  tls = await TestTls.make();
});

afterAll(async () => {
  await tls.remove();
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function makeListeners(): TestListeners {
  const test = new TestListeners(tls);
  closing.push(() => test.close());
  return test;
}

async function occupiedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

describe('listen', () => {
  it('opens four ports of its own choice when asked for 0', async () => {
    const { allPorts: all } = await makeListeners().listen();
    expect(new Set(all).size).toBe(4);
    for (const port of all) expect(await isOpen(port)).toBe(true);
  });

  it.each([
    ['httpPort', 'HTTP_PORT'],
    ['tlsPort', 'TLS_PORT'],
    ['mqttPort', 'MQTT_PORT'],
    ['mqttsPort', 'MQTTS_PORT'],
  ] as const)(
    'names variable and port when %s is in use, and leaves none open',
    async (name, variable) => {
      const port = await occupiedPort();
      const httpPort = await freePort();
      const listening = makeListeners().listeners.listen({ ...anyPorts, httpPort, [name]: port });
      await expect(listening).rejects.toMatchObject({
        code: 'port.in_use',
        data: { variable, port },
        detail: expect.stringMatching(new RegExp(`^${variable} ${port} is in use`)) as string,
      });
      await expect(listening).rejects.not.toThrow(/\n/);
      expect(await isOpen(httpPort)).toBe(false);
    },
  );

  it('names BIND when the address is not ours', async () => {
    const listening = makeListeners().listeners.listen({ ...anyPorts, bind: '192.0.2.1' });
    await expect(listening).rejects.toMatchObject({
      code: 'port.refused',
      detail: expect.stringContaining('BIND 192.0.2.1') as string,
    });
  });
});
