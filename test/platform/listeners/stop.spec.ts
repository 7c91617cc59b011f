import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestListeners, TestTls, hasBody, receive } from './harness.js';

let tls: TestTls;
let test: TestListeners;
/** Answers the requests to `/slow`, which wait for the test. */
let slow: ServerResponse[];
let onSlow: () => void;
let troubles: string[];

beforeAll(async () => {
  tls = await TestTls.make();
});

afterAll(async () => {
  await tls.remove();
});

beforeEach(async () => {
  slow = [];
  troubles = [];
  onSlow = () => undefined;
  test = new TestListeners(tls, { onTrouble: (event) => troubles.push(event) });
  test.listeners.serverFactory(answer);
  test.listeners.onFirstByte(0x10, (stream) => stream.resume().write('connected'));
  await test.listen();
});

afterEach(async () => {
  await test.close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/slow') {
    slow.push(response);
    onSlow();
  } else if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  } else if (request.url === '/stuck') {
    response.writeHead(200, { 'content-type': 'text/csv' });
    response.write('half');
  } else response.end('quick.');
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

async function slowRequest(socket: Socket): Promise<void> {
  const arrived = new Promise<void>((resolve) => (onSlow = resolve));
  socket.write(get('/slow'));
  await arrived;
}

async function elapsedMs(work: Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.on('connect', () => {
      resolve(false);
      socket.destroy();
    });
    socket.on('error', () => {
      resolve(true);
    });
  });
}

describe('stop', () => {
  it('is quick when every connection is idle, on all ports and in every state', async () => {
    const keepAlive = await test.tcp(test.ports.httpPort);
    keepAlive.write(get('/'));
    await receive(keepAlive, hasBody('quick.'));
    const keepAliveTls = await test.secure(test.ports.tlsPort);
    keepAliveTls.write(get('/'));
    await receive(keepAliveTls, hasBody('quick.'));
    const mqtt = await test.tcp(test.ports.mqttPort);
    mqtt.write('\x10');
    await receive(mqtt, (text) => text === 'connected');
    const silent = [
      await test.tcp(test.ports.httpPort),
      await test.tcp(test.ports.tlsPort), // TLS that never begins
      await test.secure(test.ports.tlsPort),
      await test.secure(test.ports.mqttsPort),
      await test.tcp(test.ports.mqttPort),
    ];
    const halfTls = await test.tcp(test.ports.mqttsPort);
    halfTls.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    const halfRequest = await test.tcp(test.ports.httpPort);
    halfRequest.write('GET / HTTP/1.1\r\nHos');
    const closed = [keepAlive, keepAliveTls, mqtt, ...silent, halfTls, halfRequest].map((socket) =>
      receive(socket),
    );
    expect(await elapsedMs(test.listeners.stop(8000))).toBeLessThan(2000);
    await Promise.all(closed);
    expect(test.listeners.openConnections).toBe(0);
    for (const port of test.allPorts) expect(await isRefused(port)).toBe(true);
  });

  it('lets requests in flight finish on both ports, and tells them that the connection ends', async () => {
    const plain = await test.tcp(test.ports.httpPort);
    const secure = await test.secure(test.ports.tlsPort);
    await slowRequest(plain);
    await slowRequest(secure);
    expect(test.listeners.requestsInFlight).toBe(2);
    const answers = [plain, secure].map((socket) => receive(socket));
    const stopping = test.listeners.stop(8000);
    expect(await isRefused(test.ports.httpPort)).toBe(true);
    expect(await isRefused(test.ports.tlsPort)).toBe(true);
    for (const response of slow) response.end('slow, but whole.');
    for (const text of await Promise.all(answers)) {
      expect(text).toContain('Connection: close');
      expect(text).toContain('slow, but whole.');
    }
    await stopping;
    expect(test.listeners.requestsInFlight).toBe(0);
  });

  it('does not wait for a client that keeps asking on one connection', async () => {
    const other = await test.tcp(test.ports.httpPort);
    await slowRequest(other);
    const asking = await test.secure(test.ports.tlsPort);
    asking.write(get('/slow'));
    await new Promise<void>((resolve) => (onSlow = resolve));
    const stopping = test.listeners.stop(8000);
    asking.write(get('/'));
    const text = receive(asking);
    slow[1]?.end('last.');
    expect(await text).toContain('last.');
    expect(test.listeners.requestsInFlight).toBe(1);
    slow[0]?.end();
    await stopping;
  });

  it('ends streams of events whole, though their feeder goes on writing', async () => {
    const socket = await test.secure(test.ports.tlsPort);
    socket.write(get('/events'));
    await receive(socket, hasBody('data: 1'));
    const rest = receive(socket);
    expect(await elapsedMs(test.listeners.stop(8000))).toBeLessThan(2000);
    expect(await rest).toBe('0\r\n\r\n');
  });

  it('waits for its handlers, survives one that fails, and keeps the sockets meanwhile', async () => {
    const mqtt = await test.tcp(test.ports.mqttPort);
    mqtt.write('\x10');
    await receive(mqtt, (text) => text === 'connected');
    let finish: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      test.listeners.onStop(() => {
        resolve();
        return new Promise<void>((end) => (finish = end));
      });
    });
    test.listeners.onStop(() => Promise.reject(new Error('no')));
    const order: string[] = [];
    const closed = once(mqtt, 'close').then(() => order.push('closed'));
    const stopping = test.listeners.stop(8000);
    await asked;
    expect(await isRefused(test.ports.mqttPort)).toBe(true);
    order.push('finishing');
    finish();
    await Promise.all([stopping, closed]);
    expect(order).toEqual(['finishing', 'closed']);
    expect(troubles).toEqual(['stop.handler_failed']);
  });

  it('cuts off at the deadline who is not done: requests, streams, handlers, WebSockets', async () => {
    const plain = await test.tcp(test.ports.httpPort);
    await slowRequest(plain);
    const stuck = await test.secure(test.ports.tlsPort);
    stuck.write(get('/stuck'));
    await receive(stuck, hasBody('half'));
    const webSocket = new WebSocket(`wss://127.0.0.1:${test.ports.tlsPort}/mqtt`, ['mqtt'], {
      ca: tls.ca,
    });
    webSocket.on('error', () => undefined);
    await once(webSocket, 'open');
    const deaf = await test.tcp(test.ports.mqttPort);
    deaf.write('\x10');
    deaf.pause();
    test.listeners.onStop(() => new Promise<void>(() => undefined));
    const closed = [receive(plain), receive(stuck), once(webSocket, 'close')];
    const stopMs = await elapsedMs(test.listeners.stop(300));
    expect(stopMs).toBeGreaterThan(250);
    expect(stopMs).toBeLessThan(1500);
    await Promise.all(closed);
    expect(test.listeners.openConnections).toBe(0);
  });

  it('works before listening and twice', async () => {
    const idle = new TestListeners(tls);
    await idle.listeners.stop();
    await Promise.all([test.listeners.stop(), test.listeners.stop()]);
    await test.listeners.stop();
  });
});
