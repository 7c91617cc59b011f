import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../../src/platform/database/query.js';
import { operationsOf } from '../http/routes.js';
import type { OpenApiDocument } from '../http/routes.js';
import { isReplay, keyedCaller } from '../../support/keyed.js';
import type { Keyed, SendKeyed } from '../../support/keyed.js';
import { makeProduct } from '../../support/orders.js';
import { startTestService } from '../../support/service.js';
import type { Answer, TestService } from '../../support/service.js';

let service: TestService;
let send: SendKeyed;
let productKey: string;
let topics: string;
beforeAll(async () => {
  service = await startTestService();
  send = keyedCaller(service.service.urls.http);
  ({ productKey } = await makeProduct(service));
  topics = `/api/v1/products/${productKey}/topics`;
});
afterAll(async () => {
  await service.stop();
});

function topic(name = `t_${randomUUID().replaceAll('-', '')}`) {
  return { name, operation: 'PUB' };
}

/** How often something was done, by what the history tells of it. */
async function timesDone(action: string, name: string): Promise<number> {
  const found = await rows<{ count: number }>(
    service.database.dataSource,
    `SELECT count(*)::integer AS count FROM audit_event
     WHERE action = $1 AND detail ->> 'name' = $2`,
    [action, name],
  );
  return found[0]?.count ?? NaN;
}

async function kept(key: string): Promise<number> {
  const sql = 'SELECT key FROM idempotent_request WHERE key = $1';
  return (await rows(service.database.dataSource, sql, [key])).length;
}

describe('a request with an idempotency key', () => {
  it('is done once and answered alike, and the second answer says so', async () => {
    const body = topic();
    const request: Keyed = { method: 'POST', path: topics, body, key: `"${randomUUID()}"` };
    const first = await send(request);
    const second = await send(request);
    expect([first.status, isReplay(first)]).toEqual([201, false]);
    expect([second.status, isReplay(second)]).toEqual([201, true]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await timesDone('topic.set', body.name)).toBe(1);
  });

  it('has the same key with quotes and without', async () => {
    const key = randomUUID();
    const body = topic();
    await send({ method: 'POST', path: topics, body, key });
    const again = await send({ method: 'POST', path: topics, body, key: `"${key}"` });
    expect(isReplay(again)).toBe(true);
  });

  it('may come again with its fields in another order', async () => {
    const key = randomUUID();
    const { name, operation } = topic();
    await send({ method: 'POST', path: topics, body: { name, operation }, key });
    const again = await send({ method: 'POST', path: topics, body: { operation, name }, key });
    expect(isReplay(again)).toBe(true);
  });

  it('is replayed when its answer is empty', async () => {
    const { name } = topic();
    await service.call('POST', topics, topic(name));
    const path = `${topics}?name=${name}`;
    const request: Keyed = { method: 'DELETE', path, key: randomUUID() };
    const first = await send(request);
    const second = await send(request);
    expect([first.status, first.text, isReplay(first)]).toEqual([204, '', false]);
    expect([second.status, second.text, isReplay(second)]).toEqual([204, '', true]);
  });

  it('belongs to one API key: the same key of another is another request', async () => {
    const made = await service.call<{ key: string }>('POST', '/api/v1/keys', { name: 'second' });
    const key = randomUUID();
    const [mine, theirs] = [topic(), topic()];
    await send({ method: 'POST', path: topics, body: mine, key });
    const request: Keyed = { method: 'POST', path: topics, body: theirs, key };
    const other = await send({ ...request, apiKey: made.body.key });
    expect([other.status, isReplay(other)]).toEqual([201, false]);
    expect(await timesDone('topic.set', theirs.name)).toBe(1);
  });

  it('that was refused has changed nothing and is tried again', async () => {
    const { name } = topic();
    const request: Keyed = { method: 'DELETE', path: `${topics}?name=${name}`, key: randomUUID() };
    const refused = await send<{ code: string }>(request);
    expect([refused.status, refused.body.code]).toEqual([404, 'topic.not_found']);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await kept(request.key)).toBe(0);
    await service.call('POST', topics, topic(name));
    const done = await send(request);
    expect([done.status, isReplay(done)]).toEqual([204, false]);
  });

  it('is refused by its schema as it is without a key', async () => {
    const request: Keyed = { method: 'POST', path: topics, body: { name: 7 }, key: randomUUID() };
    const [keyed, plain] = [await send(request), await service.call('POST', topics, { name: 7 })];
    expect([keyed.status, keyed.text]).toEqual([plain.status, plain.text]);
  });

  it('needs a right like any other', async () => {
    const station = await service.call<{ key: string }>('POST', '/api/v1/stations', {
      name: randomUUID(),
    });
    const request: Keyed = { method: 'POST', path: topics, body: topic(), key: randomUUID() };
    const unknown = await send<{ code: string }>({ ...request, apiKey: 'tm_nobody' });
    expect([unknown.status, unknown.body.code]).toEqual([401, 'key.unknown']);
    const others = await send<{ code: string }>({ ...request, apiKey: station.body.key });
    expect([others.status, others.body.code]).toEqual([403, 'key.role_not_allowed']);
    expect(await kept(request.key)).toBe(0);
  });
});

describe('the same key on another request', () => {
  const key = randomUUID();
  let body: ReturnType<typeof topic>;
  beforeAll(async () => {
    body = topic();
    await send({ method: 'POST', path: topics, body, key });
  });

  it.each<[string, () => Omit<Keyed, 'key'>]>([
    ['another body', () => ({ method: 'POST', path: topics, body: topic() })],
    ['another query', () => ({ method: 'POST', path: `${topics}?x=1`, body })],
    ['another method', () => ({ method: 'DELETE', path: `${topics}?name=${body.name}` })],
    ['another path', () => ({ method: 'POST', path: '/api/v1/keys', body })],
    ['no body', () => ({ method: 'POST', path: topics })],
  ])('is refused: %s', async (_, other) => {
    const answer = await send<{ code: string }>({ ...other(), key });
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency.key_reused']);
  });
});

describe('two at the same moment', () => {
  it('are done once; the later one is replayed or told to come again', async () => {
    for (let round = 0; round < 10; round += 1) {
      const body = topic();
      const request: Keyed = { method: 'POST', path: topics, body, key: randomUUID() };
      const answers = await Promise.all([send(request), send(request), send(request)]);
      const isFirst = (answer: Answer<unknown>): boolean =>
        answer.status === 201 && !isReplay(answer);
      expect(answers.filter(isFirst)).toHaveLength(1);
      for (const answer of answers) {
        if (answer.status === 201) expect(answer.text).toBe(answers.find(isFirst)?.text);
        else expect([answer.status, answer.body['code']]).toEqual([409, 'idempotency.in_progress']);
      }
      expect(await timesDone('topic.set', body.name)).toBe(1);
    }
  });
});

describe('a key', () => {
  it.each([
    ['an empty string', '""'],
    ['a string that does not end', '"abc'],
    ['two strings', '"a", "b"'],
    ['a bare text with a blank', 'a b'],
    ['a string with a parameter', '"a";b=1'],
    ['more than 255 characters', 'k'.repeat(256)],
    ['more than 255 characters in quotes', `"${'k'.repeat(256)}"`],
  ])('that is %s is refused', async (_, key) => {
    const request: Keyed = { method: 'POST', path: topics, body: topic(), key };
    const answer = await send<{ code: string }>(request);
    expect([answer.status, answer.body.code]).toEqual([400, 'idempotency.key_malformed']);
  });

  it('of 255 characters is taken', async () => {
    const key = 'k'.repeat(255);
    expect((await send({ method: 'POST', path: topics, body: topic(), key })).status).toBe(201);
  });

  it('changes nothing on a request that only reads', async () => {
    const answer = await send({ method: 'GET', path: topics, key: '""' });
    expect([answer.status, isReplay(answer)]).toEqual([200, false]);
  });
});

describe('the description of the API', () => {
  it('offers a key on every request that changes something, and on no other', async () => {
    const { body } = await service.call<OpenApiDocument>('GET', '/api/openapi.json');
    const operations = operationsOf(body).filter(({ path }) => path.startsWith('/api/v1/'));
    const offering = operations.filter(({ operation: { parameters = [] } }) =>
      parameters.some(({ name }) => name === 'Idempotency-Key'),
    );
    expect(offering).toEqual(operations.filter(({ method }) => method !== 'GET'));
    expect(offering.length).toBeGreaterThan(20);
  });
});
