import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { TestListeners, TestTls, hasBody, receive } from './harness.js';

let tls: TestTls;
let test: TestListeners;

beforeAll(async () => {
  tls = await TestTls.make();
});
afterEach(async () => {
  await test.close();
});
afterAll(async () => {
  await tls.remove();
});

/** Takes `\x10!` for a whole packet, echoes what comes, and answers every HTTP request. */
async function start(options: { halfOpenLimit?: number; silenceTimeoutMs?: number }) {
  test = new TestListeners(tls, options);
  test.listeners.onFirstByte(0x10, (stream, _context, settled) => {
    stream.on('data', (chunk: Buffer) => {
      if (chunk.includes('!')) settled();
      stream.write(chunk);
    });
  });
  test.listeners.serverFactory((_, response: ServerResponse) => response.end('answer'));
  await test.listen();
}

/** Opens a connection and waits until the service has seen it. */
async function silent(open: Promise<Socket>, count: number): Promise<Socket> {
  const socket = await open;
  await vi.waitFor(() => {
    expect(test.listeners.halfOpenConnections).toBe(count);
  });
  return socket;
}

async function settle(socket: Socket): Promise<void> {
  socket.write('\x10!');
  await receive(socket, (text) => text.includes('!'));
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('connections that say nothing whole', () => {
  it('make the oldest go when there are too many, whatever the port', async () => {
    await start({ halfOpenLimit: 4 });
    const { httpPort, tlsPort, mqttPort, mqttsPort } = test.ports;
    const first = [
      await silent(test.tcp(tlsPort), 1), // not a byte of TLS
      await silent(test.tcp(httpPort), 2),
      await silent(test.tcp(mqttPort), 3),
      await silent(test.secure(mqttsPort), 4),
    ];
    for (const [index, oldest] of first.entries()) {
      const gone = once(oldest.resume(), 'close');
      await silent(index % 2 === 0 ? test.tcp(mqttPort) : test.secure(tlsPort), 4);
      await gone;
      expect(first.slice(index + 1).map((socket) => socket.destroyed)).not.toContain(true);
    }
  });

  it('are no longer counted once they have said something, or have left', async () => {
    await start({ halfOpenLimit: 2 });
    const { httpPort, tlsPort, mqttPort, mqttsPort } = test.ports;
    const talkers = [await test.tcp(mqttPort), await test.secure(mqttsPort)];
    for (const socket of talkers) await settle(socket);
    const web = [await test.tcp(httpPort), await test.secure(tlsPort)];
    for (const socket of web) {
      socket.write(request);
      await receive(socket, hasBody('answer'));
    }
    const socket = new WebSocket(`wss://127.0.0.1:${tlsPort}/mqtt`, 'mqtt', { ca: tls.ca });
    await once(socket, 'open');
    expect(test.listeners.halfOpenConnections).toBe(1); // open, but without a packet
    socket.send(Buffer.from('\x10!'));
    await once(socket, 'message');
    expect(test.listeners.halfOpenConnections).toBe(0);
    expect(test.listeners.openConnections).toBe(5);
    for (const port of [mqttPort, tlsPort, httpPort, mqttPort]) {
      (await silent(test.tcp(port), 1)).resetAndDestroy();
      await vi.waitFor(() => {
        expect(test.listeners.halfOpenConnections).toBe(0);
      });
    }
    for (const talker of [...talkers, ...web]) expect(talker.destroyed).toBe(false);
    socket.terminate();
  });
});

describe('a first packet', () => {
  it('has one deadline from the first moment on: a single byte buys no time', async () => {
    await start({ silenceTimeoutMs: 1500 });
    const { tlsPort, mqttPort, mqttsPort } = test.ports;
    const settled = await test.tcp(mqttPort);
    await settle(settled);
    const slow = [test.tcp(mqttPort), test.secure(mqttsPort), test.secure(tlsPort)];
    await Promise.all(
      slow.map(async (opening) => {
        const socket = await opening;
        socket.write('\x10');
        expect(await receive(socket)).toBe('\x10');
      }),
    );
    settled.write('still here');
    expect(await receive(settled, (text) => text.endsWith('here'))).toBe('still here');
  });
});
