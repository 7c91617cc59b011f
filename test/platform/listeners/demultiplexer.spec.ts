import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionContext } from '../../../src/platform/listeners/first-byte.js';
import { TestListeners, TestTls, hasBody, receive } from './harness.js';

let tls: TestTls;
let test: TestListeners;
let contexts: ConnectionContext[];
let troubles: unknown[];

beforeAll(async () => {
  tls = await TestTls.make();
});

afterAll(async () => {
  await tls.remove();
});

/** Echoes MQTT-like streams, and answers HTTP with what it knows of the socket. */
async function start(silenceTimeoutMs = 10_000): Promise<void> {
  test = new TestListeners(tls, {
    silenceTimeoutMs,
    onTrouble: (event, error) => troubles.push([event, error]),
  });
  test.listeners.onFirstByte(0x10, (stream, context) => {
    contexts.push(context);
    stream.on('data', (chunk: Buffer) => stream.write(chunk));
  });
  test.listeners.onFirstByte(0x11, () => {
    throw new Error('handler broke');
  });
  test.listeners.serverFactory((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const isEncrypted = request.socket instanceof TLSSocket && request.socket.encrypted;
      response.end(`${isEncrypted} ${request.socket.remoteAddress ?? '?'} ${body}.`);
    });
  });
  await test.listen();
}

beforeEach(async () => {
  contexts = [];
  troubles = [];
  await start();
});

afterEach(async () => {
  await test.close();
});

const httpText = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello';

async function byteByByte(socket: Socket, bytes: Buffer): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of bytes) {
    await new Promise<void>((resolve) =>
      socket.write(Buffer.of(byte), () => {
        resolve();
      }),
    );
    await new Promise(setImmediate);
  }
}

describe('the TLS port', () => {
  it('serves HTTP and keeps the connection, address and encryption of the socket', async () => {
    const socket = await test.secure(test.ports.tlsPort);
    for (let round = 0; round < 3; round++) {
      socket.write(httpText);
      const answer = await receive(socket, hasBody('hello.'));
      expect(answer).toContain('HTTP/1.1 200 OK');
      expect(answer).toContain('true 127.0.0.1 hello.');
    }
    expect(test.listeners.openConnections).toBe(1);
  });

  it('serves a request that was sent before the connection was complete, and pipelined ones', async () => {
    const socket = await test.secure(test.ports.tlsPort);
    socket.write(httpText.repeat(3));
    const answer = await receive(socket, (text) => text.split('hello.').length === 4);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  it('gives MQTT to its handler with nothing missing, on the same port', async () => {
    const socket = await test.secure(test.ports.tlsPort);
    const packet = Buffer.from('\x10\x0cMQTT packet', 'latin1');
    socket.write(packet);
    expect(await receive(socket, (text) => text.length === packet.length)).toBe(
      packet.toString('latin1'),
    );
    expect(contexts).toEqual([{ transport: 'tls', remoteAddress: '127.0.0.1', isEncrypted: true }]);
  });

  it('tells the protocols apart when bytes come one at a time', async () => {
    const http = await test.secure(test.ports.tlsPort);
    const answer = receive(http, hasBody('hello.'));
    await byteByByte(http, Buffer.from(httpText));
    expect(await answer).toContain('true 127.0.0.1 hello.');
    const mqtt = await test.secure(test.ports.tlsPort);
    const echo = receive(mqtt, (text) => text.length === 5);
    await byteByByte(mqtt, Buffer.from('\x10abcd', 'latin1'));
    expect(await echo).toBe('\x10abcd');
  });
});

describe('the MQTT ports', () => {
  it('give their streams to the handler of 0x10', async () => {
    const plain = await test.tcp(test.ports.mqttPort);
    plain.write('\x10plain');
    expect(await receive(plain, (text) => text.length === 6)).toBe('\x10plain');
    const secure = await test.secure(test.ports.mqttsPort);
    secure.write('\x10secure');
    expect(await receive(secure, (text) => text.length === 7)).toBe('\x10secure');
    expect(contexts.map(({ transport }) => transport)).toEqual(['tcp', 'tls']);
    expect(contexts.map(({ isEncrypted }) => isEncrypted)).toEqual([false, true]);
  });

  it('drop what is no MQTT', async () => {
    for (const socket of [
      await test.tcp(test.ports.mqttPort),
      await test.secure(test.ports.mqttsPort),
    ]) {
      socket.write(httpText);
      expect(await receive(socket)).toBe('');
    }
    expect(contexts).toEqual([]);
  });
});

describe('a connection', () => {
  it('is dropped when it sends nothing in time, on each port and before TLS is done', async () => {
    await test.close();
    await start(50);
    const startedAt = performance.now();
    const sockets = [
      await test.tcp(test.ports.mqttPort),
      await test.secure(test.ports.mqttsPort),
      await test.secure(test.ports.tlsPort),
      await test.tcp(test.ports.tlsPort), // not a byte of TLS
    ];
    await Promise.all(sockets.map((socket) => receive(socket)));
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await vi.waitFor(() => {
      expect(test.listeners.openConnections).toBe(0);
    });
  });

  it('that breaks or leaves without a word harms nobody', async () => {
    for (const port of [test.ports.mqttPort, test.ports.tlsPort, test.ports.mqttsPort]) {
      const broken = await test.tcp(port);
      broken.write('\x16\x03');
      broken.resetAndDestroy();
      const silent = await test.tcp(port);
      silent.end();
      await once(silent.resume(), 'close');
      const garbled = await test.tcp(port);
      garbled.write('no TLS at all\r\n\r\n');
      await receive(garbled);
    }
    const left = await test.secure(test.ports.tlsPort);
    left.end();
    await once(left.resume(), 'close');
    const socket = await test.secure(test.ports.tlsPort);
    socket.write(httpText);
    expect(await receive(socket, hasBody('hello.'))).toContain('200 OK');
    expect(troubles).toEqual([]);
  });

  it('is dropped when its handler throws, and the handler is reported', async () => {
    const socket = await test.tcp(test.ports.mqttPort);
    socket.write('\x11');
    expect(await receive(socket)).toBe('');
    expect(troubles).toEqual([
      ['connection.handler_failed', expect.objectContaining({ message: 'handler broke' })],
    ]);
  });
});

it('refuses a second handler for one first byte', () => {
  expect(() => {
    test.listeners.onFirstByte(0x10, () => undefined);
  }).toThrow(/16 is taken/);
});
