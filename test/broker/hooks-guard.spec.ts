import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../src/platform/tls/authority.js';
import { expectProblem } from '../platform/http/problem.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { issueClientCertificate } from './client-certificate.js';
import { credentials, makeFleet } from './devices.js';
import type { Fleet } from './devices.js';
import { askAsRabbit, askOverTls, rabbitLogin } from './hook-calls.js';
import type { HookAnswer, Sent } from './hook-calls.js';
import { RawClient, accepted, connectPacket } from './raw-client.js';

const hooks = [
  ...['user', 'vhost', 'resource', 'topic'].map((name) => `/hooks/rabbitmq/${name}`),
  ...['authenticate', 'authorize'].map((name) => `/hooks/emqx/${name}`),
];
const elsewhere = '192.0.2.17';
/** What makes a caller on this machine somebody else: a proxy says that it stands between. */
const throughProxy = { 'x-forwarded-for': '127.0.0.1' };

let folder: string;
let service: TestService;
let fleet: Fleet;
let login: Sent;
/** A certificate of the authority that is set, and one of another. */
let own: ConnectionOptions;
let foreign: ConnectionOptions;
let ca: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-hooks-'));
  const [authority, other] = await Promise.all([
    makeAuthority(new Date()),
    makeAuthority(new Date()),
  ]);
  const clientCa = join(folder, 'broker-ca.crt');
  await writeFile(clientCa, authority.certificate);
  [own, foreign] = (await Promise.all([authority, other].map(issueClientCertificate))) as [
    ConnectionOptions,
    ConnectionOptions,
  ];
  service = await startTestService({ TLS_CLIENT_CA_FILE: clientCa });
  ca = await readFile(service.service.urls.ca ?? '');
  fleet = await makeFleet(service, { quantity: 1 });
  login = rabbitLogin(fleet.devices[0]);
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks about a good login on the TLS port, as if through a proxy. */
async function askThere(options: ConnectionOptions): Promise<HookAnswer> {
  const { tlsPort: port } = service.service.ports;
  return await askOverTls(
    { port, path: '/hooks/rabbitmq/user', ca, headers: throughProxy, ...options },
    login,
  );
}

describe('a hook', () => {
  it('is answered to a broker on this machine', async () => {
    expect((await askAsRabbit(service, 'user', login)).text).toBe('allow');
  });

  it.each(hooks)('%s is refused to another machine, which is told what to do', async (url) => {
    const fastify: FastifyInstance = service.service.app.getHttpAdapter().getInstance();
    const { statusCode, headers, body } = await fastify.inject({
      method: 'POST',
      url,
      remoteAddress: elsewhere,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'text/strange' },
      payload: 'not even read',
    });
    const contentType = String(headers['content-type']);
    const refusal = { status: statusCode, contentType, retryAfter: null, text: body };
    expectProblem(refusal, { status: 403, code: 'hook.not_from_broker', path: url });
    expect(body).toContain('TLS_CLIENT_CA_FILE');
  });

  it.each([
    'Forwarded: for=127.0.0.1',
    'Via: 1.1 proxy',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Host: x',
    'X-Forwarded-Proto: https',
    'X-Real-IP: 127.0.0.1',
  ])('is refused to a request on this machine that was forwarded (%s)', async (header) => {
    const [name = '', value = ''] = header.split(': ');
    const { status } = await fetch(`${service.service.urls.http}/hooks/rabbitmq/user`, {
      method: 'POST',
      headers: { [name]: value },
      body: new URLSearchParams(login),
    });
    expect(status).toBe(403);
  });

  it('is refused to an address that only a header calls this machine', async () => {
    const trusting = await startTestService({ TRUST_PROXY: 'true' });
    try {
      const fastify: FastifyInstance = trusting.service.app.getHttpAdapter().getInstance();
      const { statusCode } = await fastify.inject({
        method: 'POST',
        url: '/hooks/rabbitmq/user',
        remoteAddress: elsewhere,
        headers: throughProxy,
      });
      expect(statusCode).toBe(403);
    } finally {
      await trusting.stop();
    }
  });
});

describe('the TLS port', () => {
  it('lets a broker with a certificate of the set authority ask', async () => {
    expect(await askThere(own)).toMatchObject({ status: 200, text: 'allow' });
  });

  it('lets nobody ask with a certificate of another authority, or with none', async () => {
    expect(await askThere(foreign)).toMatchObject({ status: 403 });
    expect(await askThere({})).toMatchObject({ status: 403 });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets nobody ask in a session of %s that was begun without a certificate',
    async (version) => {
      const only = { minVersion: version, maxVersion: version } as const;
      const session = await sessionWithout(only);
      expect(await askThere({ ...only, session })).toMatchObject({ status: 403 });
    },
  );

  it('serves devices, which have no certificate, and the API', async () => {
    const { tlsPort } = service.service.ports;
    const socket = connect({ host: '127.0.0.1', port: tlsPort, ca });
    const client = new RawClient(socket);
    client.send(connectPacket(credentials(fleet.devices[0])));
    expect(await client.bytes(4)).toBe(accepted);
    const answer = await askOverTls({ port: tlsPort, ca, path: '/health/live', method: 'GET' }, {});
    expect(answer.status).toBe(200);
  });

  it('does not ask for certificates when no authority is set, and MQTTS_PORT never does', async () => {
    const plain = await startTestService();
    try {
      expect(await asksForCertificate(plain.service.ports.tlsPort)).toBe(false);
    } finally {
      await plain.stop();
    }
    expect(await asksForCertificate(service.service.ports.mqttsPort)).toBe(false);
    expect(await asksForCertificate(service.service.ports.tlsPort)).toBe(true);
  });
});

/** Begins a session without a certificate and answers what resumes it. */
async function sessionWithout(options: ConnectionOptions): Promise<Buffer> {
  const { tlsPort: port } = service.service.ports;
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  socket.on('error', () => undefined);
  try {
    return await new Promise((resolve) => {
      socket.once('session', resolve);
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    });
  } finally {
    socket.destroy();
  }
}

async function asksForCertificate(port: number): Promise<boolean> {
  const program = spawn(
    'openssl',
    ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-msg'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let text = '';
  program.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(program, 'close');
  expect(text).toContain('CONNECTED');
  return text.includes('CertificateRequest');
}
