import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ConnectionContext } from '../../../src/platform/listeners/first-byte.js';
import { TestListeners, TestTls } from './harness.js';

let tls: TestTls;
let test: TestListeners;
let contexts: ConnectionContext[];
let clients: WebSocket[];

beforeAll(async () => {
  tls = await TestTls.make();
});

afterAll(async () => {
  await tls.remove();
});

beforeEach(async () => {
  contexts = [];
  clients = [];
  test = new TestListeners(tls);
  test.listeners.onFirstByte(0x10, (stream, context) => {
    contexts.push(context);
    stream.on('data', (chunk: Buffer) => stream.write(chunk));
  });
  await test.listen();
});

afterEach(async () => {
  for (const client of clients) client.terminate();
  await test.close();
});

function dial(scheme: 'ws' | 'wss', path = '/mqtt', protocols = ['mqtt']): WebSocket {
  const port = scheme === 'ws' ? test.ports.httpPort : test.ports.tlsPort;
  const client = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, protocols, { ca: tls.ca });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function statusOf(client: WebSocket): Promise<number | undefined> {
  const [, response] = (await once(client, 'unexpected-response')) as [
    unknown,
    { statusCode?: number },
  ];
  return response.statusCode;
}

describe('MQTT over WebSocket', () => {
  it.each(['ws', 'wss'] as const)('reaches the handler of 0x10 over %s', async (scheme) => {
    const client = dial(scheme, '/mqtt?token=x');
    await once(client, 'open');
    expect(client.protocol).toBe('mqtt');
    client.send(Buffer.from('\x10', 'latin1'));
    client.send(Buffer.from('abc'));
    let echo = '';
    while (echo.length < 4) {
      const [data] = (await once(client, 'message')) as [Buffer];
      echo += data.toString('latin1');
    }
    expect(echo).toBe('\x10abc');
    expect(contexts).toEqual([
      { transport: scheme, remoteAddress: '127.0.0.1', isEncrypted: scheme === 'wss' },
    ]);
  });

  it('takes the subprotocol that old clients offer', async () => {
    const client = dial('ws', '/mqtt', ['mqttv3.1']);
    await once(client, 'open');
    expect(client.protocol).toBe('mqttv3.1');
  });

  it('is refused on another path and without the subprotocol', async () => {
    expect(await statusOf(dial('ws', '/other'))).toBe(404);
    expect(await statusOf(dial('wss', '/'))).toBe(404);
    expect(await statusOf(dial('ws', '/mqtt', []))).toBe(400);
    expect(await statusOf(dial('ws', '/mqtt', ['amqp']))).toBe(400);
  });

  it('keeps no connection of a refused client that does not hang up, or breaks', async () => {
    const offer =
      'GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    for (const isBroken of [false, true, true, true]) {
      const port = test.ports.httpPort;
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
      socket.on('error', () => undefined);
      await new Promise((sent) => socket.write(offer, sent));
      if (isBroken) socket.resetAndDestroy();
      else expect((await once(socket, 'data')).toString()).toContain('404 Not Found');
      await vi.waitFor(() => {
        expect(test.listeners.openConnections).toBe(0);
      });
      socket.destroy();
    }
  });

  it('closes on a text frame and on a payload that is too large', async () => {
    const texting = dial('ws');
    await once(texting, 'open');
    texting.send('\x10 as text');
    expect((await once(texting, 'close'))[0]).toBe(1003);
    const large = dial('ws');
    await once(large, 'open');
    large.send(Buffer.alloc(300 * 1024, 0x10));
    expect((await once(large, 'close'))[0]).toBe(1009);
  });

  it('lets go of the socket when the client leaves', async () => {
    const client = dial('wss');
    await once(client, 'open');
    client.send(Buffer.of(0x10));
    await once(client, 'message');
    expect(test.listeners.openConnections).toBe(1);
    client.close();
    await once(client, 'close');
    await vi.waitFor(() => {
      expect(test.listeners.openConnections).toBe(0);
    });
  });
});
