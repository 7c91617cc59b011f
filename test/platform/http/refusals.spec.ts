import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/core/errors.js';
import { adminKey, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { expectProblem } from './problem.js';
import { rawRequest, sendRaw } from './raw.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const authorization = `Bearer ${adminKey}`;
const products = '/api/v1/products';

function check(
  answer: supertest.Response,
  expected: { status: number; code: ErrorCode; path?: string },
): Record<string, unknown> {
  const { 'content-type': contentType = '', 'retry-after': retryAfter = null } =
    answer.headers as Record<string, string | undefined>;
  const { status, text } = answer;
  return expectProblem({ status, contentType, retryAfter, text }, expected);
}

describe('a body', () => {
  it.each<[string, string, string, number, ErrorCode]>([
    ['cut off', 'application/json', '{"name":', 400, 'request.malformed'],
    ['empty', 'application/json', '', 400, 'request.malformed'],
    ['with a trailing comma', 'application/json', '{"name":"a",}', 400, 'request.malformed'],
    [
      'that poisons prototypes',
      'application/json',
      '{"__proto__":{"x":1}}',
      400,
      'request.malformed',
    ],
    [
      'that poisons constructors',
      'application/json',
      '{"constructor":{"prototype":{}}}',
      400,
      'request.malformed',
    ],
    ['of XML', 'application/xml', '<name/>', 400, 'request.media_type'],
    ['of bytes', 'application/octet-stream', 'name', 400, 'request.media_type'],
    ['of an invented type', 'nonsense', '{}', 400, 'request.media_type'],
    ['of plain text', 'text/plain', '{"name":"a"}', 422, 'request.invalid'],
    ['that is a list', 'application/json', '[]', 422, 'request.invalid'],
    ['that is null', 'application/json', 'null', 422, 'request.invalid'],
    ['without the needed field', 'application/json', '{}', 422, 'request.invalid'],
    [
      'of more than a megabyte',
      'application/json',
      `{"name":"${'x'.repeat(1_100_000)}"}`,
      413,
      'request.too_large',
    ],
  ])('%s is refused', async (_, type, body, status, code) => {
    const answer = await supertest(service.service.urls.http)
      .post(products)
      .set('Authorization', authorization)
      .set('Content-Type', type)
      .send(body);
    check(answer, { status, code, path: products });
  });

  it.each([
    [{ name: 7 }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: '   ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'a\0b' }, 'name'],
    [{ name: 'bell\u0007' }, 'name'],
    [{ name: 'half a pair \ud83d' }, 'name'],
    [{ name: 'a', productKey: 'with space' }, 'productKey'],
    [{ name: 'a', productKey: 'sys' }, 'productKey'],
    [{ name: 'a', productSecret: 'too-short' }, 'productSecret'],
    [{ name: 'a', registration: 'off' }, 'registration'],
    [{ name: 'a', registration: { mode: 'sometimes' } }, 'registration.mode'],
    [
      { name: 'a', registration: { mode: 'off', allowPlaintext: 'yes' } },
      'registration.allowPlaintext',
    ],
    [{ name: 'a', surprise: 1 }, ''],
  ])('%j is refused with the path of the wrong field', async (body, path) => {
    const answer = await supertest(service.service.urls.http)
      .post(products)
      .set('Authorization', authorization)
      .send(body);
    const { data } = check(answer, { status: 422, code: 'request.invalid', path: products });
    expect(data).toMatchObject({
      fields: [{ path, message: expect.not.stringMatching(/nvalid|received/) as string }],
    });
  });

  it('is not shown again in its refusal: it may hold a secret', async () => {
    const secret = 'hunter2 hunter2 hunter2';
    for (const body of [
      { name: 'a', productSecret: secret },
      { name: 'a', productKey: secret },
      `{"name":"a","productSecret":"${secret}"`,
    ]) {
      const { text } = await supertest(service.service.urls.http)
        .post(products)
        .set({ Authorization: authorization, 'Content-Type': 'application/json' })
        .send(typeof body === 'string' ? body : JSON.stringify(body));
      expect(text).not.toContain('hunter2');
    }
    expect(service.log()).not.toContain('hunter2');
  });
});

describe('an address', () => {
  it.each<[string, string, number, ErrorCode]>([
    ['GET', '/', 404, 'route.unknown'],
    ['GET', '/api', 404, 'route.unknown'],
    ['GET', '/api/v2/products', 404, 'route.unknown'],
    ['GET', '/API/v1/products', 404, 'route.unknown'],
    ['GET', '//api/v1/products', 404, 'route.unknown'],
    ['GET', '/api/v1/products/', 404, 'route.unknown'],
    ['GET', '/api/v1/../v1/products', 404, 'route.unknown'],
    ['PUT', products, 404, 'route.unknown'],
    ['DELETE', products, 404, 'route.unknown'],
    ['OPTIONS', products, 404, 'route.unknown'],
    ['TRACE', products, 404, 'route.unknown'],
    ['GET', `${products}/nobody`, 404, 'product.not_found'],
    ['GET', `${products}/%00`, 422, 'request.invalid'],
    ['GET', `${products}/%00/devices`, 422, 'request.invalid'],
    ['GET', `${products}?limit=0`, 422, 'request.invalid'],
    ['GET', `${products}?limit=1001`, 422, 'request.invalid'],
    ['GET', `${products}?limit=many`, 422, 'request.invalid'],
    ['GET', `${products}?limit=1&limit=2`, 422, 'request.invalid'],
    ['GET', `${products}?cursor=-1`, 422, 'request.invalid'],
    ['GET', `${products}?cursor=9999999999`, 422, 'request.invalid'],
    ['GET', `${products}?cursor=999999999999999`, 422, 'request.invalid'],
    ['GET', `${products}?surprise=1`, 422, 'request.invalid'],
    ['GET', '/api/v1/orders/17', 422, 'request.invalid'],
    ['GET', '/api/v1/orders/key-17', 422, 'request.invalid'],
    ['GET', '/api/v1/orders/ord-0', 422, 'request.invalid'],
    ['GET', '/api/v1/orders/ord-99999999999', 422, 'request.invalid'],
    ['GET', '/api/v1/orders/ord-2147483647', 404, 'order.not_found'],
    ['DELETE', '/api/v1/keys/key-2147483647', 404, 'key.not_found'],
  ])('%s %s gets %i %s', async (method, path, status, code) => {
    const line = `${method} ${path}`;
    const answer = await sendRaw(
      service.service.ports.httpPort,
      rawRequest(line, [`Authorization: ${authorization}`]),
    );
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    const refusal = {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
      contentType: /^Content-Type: (.*)$/m.exec(head)?.[1] ?? '',
      retryAfter: /^Retry-After: (.*)$/m.exec(head)?.[1] ?? null,
      text: Buffer.from(text, 'latin1').toString('utf8'),
    };
    expectProblem(refusal, { status, code, path: path.split('?')[0] ?? '' });
  });

  it.each([
    ['/api/v1/products/a1%ff', 400, 'request.malformed'],
    [`/api/v1/products/${'x'.repeat(200)}`, 404, 'route.unknown'],
  ])('a path that no route can take gets a problem as well', async (path, status, code) => {
    const port = service.service.ports.httpPort;
    const answer = await sendRaw(port, rawRequest(`GET ${path}`));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
  });

  it('answers HEAD as GET, without the body', async () => {
    const answer = await sendRaw(
      service.service.ports.httpPort,
      rawRequest(`HEAD ${products}`, [`Authorization: ${authorization}`]),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  it.each([
    ['a method nobody knows', 'FOO /api/v1/products HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a header without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
  ])('with %s is refused, and the service lives', async (_, text, status) => {
    const answer = await sendRaw(service.service.ports.httpPort, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toMatch(/node_modules|\bat .+:\d+/);
    expect((await service.call('GET', '/health/live')).status).toBe(200);
  });
});

describe('trouble on our side', () => {
  it('is told as internal without any detail, and logged with its cause', async () => {
    await service.database.dataSource.query('ALTER TABLE topic_class RENAME TO topic_class_gone');
    try {
      const answer = await supertest(service.service.urls.http)
        .post(products)
        .set('Authorization', authorization)
        .send({ name: 'unlucky', productSecret: 'hunter2hunter2hunter2' });
      const body = check(answer, { status: 500, code: 'internal' });
      expect(body['detail']).toBe(body['title']);
    } finally {
      await service.database.dataSource.query('ALTER TABLE topic_class_gone RENAME TO topic_class');
    }
    const logged = service.log();
    expect(logged).toContain('"event":"request.failed"');
    expect(logged).toContain('42P01'); // undefined_table
    expect(logged).not.toContain('hunter2');
  });
});
