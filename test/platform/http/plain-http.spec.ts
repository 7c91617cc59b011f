import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusePlainHttp } from '../../../src/platform/http/plain-http.js';
import { adminKey, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { expectProblem } from './problem.js';

const elsewhere = '192.0.2.17';

/** A server with one route of the API and one of the devices. */
async function serverWith(
  policy: 'loopback' | 'allow',
  trustProxy: boolean | string = false,
): Promise<FastifyInstance> {
  const fastify = Fastify({ trustProxy });
  refusePlainHttp(fastify, policy);
  for (const path of ['/api/v1/me', '/auth/register/device']) {
    fastify.get(path, () => 'answered');
  }
  await fastify.ready();
  return fastify;
}

async function isAnswered(
  fastify: FastifyInstance,
  url: string,
  remoteAddress: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { body } = await fastify.inject({ url, remoteAddress, headers });
  return body === 'answered';
}

describe('the API over plain HTTP', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'is answered to %s, which is this machine',
    async (address) => {
      expect(await isAnswered(await serverWith('loopback'), '/api/v1/me', address)).toBe(true);
    },
  );

  it.each(['192.0.2.17', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '2001:db8::1'])(
    'is refused to %s, which is another, unless PLAIN_HTTP=allow',
    async (address) => {
      expect(await isAnswered(await serverWith('loopback'), '/api/v1/me', address)).toBe(false);
      expect(await isAnswered(await serverWith('allow'), '/api/v1/me', address)).toBe(true);
    },
  );

  it.each(['/%61pi/v1/me', '/api/v1/m%65', '/api/v1/me?x=1'])(
    'is refused under %s as well',
    async (url) => {
      const fastify = await serverWith('loopback');
      expect(await isAnswered(fastify, url, '127.0.0.1')).toBe(true);
      expect(await isAnswered(fastify, url, elsewhere)).toBe(false);
    },
  );

  it('is refused whatever a caller says of itself, unless a proxy is trusted', async () => {
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' };
    const trusting = await serverWith('loopback', elsewhere);
    expect(await isAnswered(await serverWith('loopback'), '/api/v1/me', elsewhere, headers)).toBe(
      false,
    );
    expect(await isAnswered(trusting, '/api/v1/me', elsewhere, headers)).toBe(true);
    expect(await isAnswered(trusting, '/api/v1/me', '192.0.2.18', headers)).toBe(false);
  });

  it('leaves devices alone: their products have a rule of their own', async () => {
    expect(await isAnswered(await serverWith('loopback'), '/auth/register/device', elsewhere)).toBe(
      true,
    );
  });
});

describe('the whole service', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(async () => {
    await service.stop();
  });

  it.each(['/api/v1/products', '/%61pi/v1/products', '/api/openapi.json', '/api/v1/none'])(
    'refuses %s to another machine and says what to do, even with a good key',
    async (url) => {
      const fastify: FastifyInstance = service.service.app.getHttpAdapter().getInstance();
      const { statusCode, headers, body } = await fastify.inject({
        url,
        remoteAddress: elsewhere,
        headers: { authorization: `Bearer ${adminKey}` },
      });
      const refusal = {
        status: statusCode,
        contentType: String(headers['content-type']),
        retryAfter: null,
        text: body,
      };
      expectProblem(refusal, { status: 403, code: 'transport.plain_refused', path: url });
    },
  );
});
