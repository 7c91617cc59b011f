import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestListeners, TestTls, hasBody, receive } from './harness.js';

let tls: TestTls;
let test: TestListeners;
let adapter: FastifyAdapter;

beforeAll(async () => {
  tls = await TestTls.make();
});

afterAll(async () => {
  await tls.remove();
});

beforeEach(async () => {
  test = new TestListeners(tls);
  adapter = new FastifyAdapter({ serverFactory: test.listeners.serverFactory, bodyLimit: 100 });
  const fastify = adapter.getInstance();
  fastify.get('/', (request, reply) => {
    void reply.header('x-request-id', '7').send({ ip: request.ip, protocol: request.protocol });
  });
  fastify.post('/echo', (request, reply) => {
    void reply.send(request.body);
  });
  fastify.get('/raw', (_, reply) => {
    reply.hijack();
    reply.raw.setHeader('x-early', 'a');
    reply.raw.appendHeader('x-early', 'b');
    reply.raw.appendHeader('x-late', 'c');
    reply.raw.writeHead(200, 'Fine', { 'content-type': 'text/plain', 'content-length': 2 });
    reply.raw.end('ok');
  });
  fastify.get('/list', (_, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, ['content-type', 'text/plain', 'content-length', '2']);
    reply.raw.end('ok');
  });
  await adapter.init();
  await fastify.ready();
  await test.listen();
});

afterEach(async () => {
  await test.close();
  await adapter.close();
});

async function ask(text: string, isSecure = false): Promise<string> {
  const { httpPort, tlsPort } = test.ports;
  const socket = isSecure ? await test.secure(tlsPort) : await test.tcp(httpPort);
  socket.write(text);
  return receive(socket);
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
}

/** The header names of an answer, as they were on the wire. */
function namesOf(answer: string): string[] {
  const [head = ''] = answer.split('\r\n\r\n');
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(':')[0] ?? '');
}

function post(body: string, length = body.length): string {
  return `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

describe('every answer', () => {
  it.each([
    ['of a handler', get('/'), '200'],
    ['of a handler that writes by itself', get('/raw'), '200'],
    ['with its headers in a list', get('/list'), '200'],
    ['to an unknown route', get('/none'), '404'],
    ['to a body that cannot be read', post('{"a"'), '400'],
    ['to a body that is too large', post('x'.repeat(200)), '413'],
    ['to a request without Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', '200'],
    ['to what is no HTTP', 'nonsense\r\n\r\n', '400'],
  ])('%s has title-case header names', async (_, request, status) => {
    for (const isSecure of [false, true]) {
      const answer = await ask(request, isSecure);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
      const names = namesOf(answer);
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !/^([A-Z][a-z0-9]*)(-[A-Z][a-z0-9]*)*$/.test(name))).toEqual(
        [],
      );
    }
  });

  it('has Content-Length and no chunks', async () => {
    const answer = await ask(get('/'));
    expect(namesOf(answer)).toEqual(
      expect.arrayContaining(['Content-Length', 'Content-Type', 'X-Request-Id']),
    );
    expect(answer).not.toContain('Transfer-Encoding');
  });

  it('keeps a header that was set in two ways once, and an appended one whole', async () => {
    const answer = await ask(get('/raw'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 Fine\r\n/);
    expect(namesOf(answer).filter((name) => name === 'Content-Type')).toHaveLength(1);
    expect(answer).toContain('X-Early: a\r\nX-Early: b\r\nX-Late: c\r\n');
  });
});

describe('Fastify behind the listeners', () => {
  it('knows address and encryption of both ports', async () => {
    expect(await ask(get('/'))).toContain('{"ip":"127.0.0.1","protocol":"http"}');
    expect(await ask(get('/'), true)).toContain('{"ip":"127.0.0.1","protocol":"https"}');
  });
});

describe('an upgrade we do not take', () => {
  const offer =
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAA\r\n';

  it('is ignored and the request is served, as a Java client expects', async () => {
    const socket = await test.tcp(test.ports.httpPort);
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${offer}User-Agent: Java\r\n\r\n`);
    expect(await receive(socket, hasBody('}'))).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.write(get('/none'));
    expect(await receive(socket)).toMatch(/^HTTP\/1\.1 404/);
  });

  it('loses no byte of the body, whether it comes along or later', async () => {
    const body = '{"name":"模组"}';
    const head = `POST /echo HTTP/1.1\r\nHost: x\r\n${offer}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const along = await test.tcp(test.ports.httpPort);
    along.write(head + body);
    expect(Buffer.from(await receive(along, hasBody('}')), 'latin1').toString()).toContain(body);
    const later = await test.secure(test.ports.tlsPort);
    later.write(head + body.slice(0, 3));
    await new Promise(setImmediate);
    later.write(body.slice(3));
    expect(Buffer.from(await receive(later, hasBody('}')), 'latin1').toString()).toContain(body);
  });
});
