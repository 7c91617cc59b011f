import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '../../src/core/role.js';
import type { Role } from '../../src/core/role.js';
import { rawRequest, sendRaw } from '../platform/http/raw.js';
import { operationsOf } from '../platform/http/routes.js';
import type { OpenApiDocument } from '../platform/http/routes.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { roleMatrix } from './role-matrix.js';

interface Route {
  readonly method: string;
  readonly path: string;
}

let service: TestService;
let routes: readonly Route[];
let keys: Readonly<Record<Role, string>>;
beforeAll(async () => {
  service = await startTestService();
  const { body } = await service.call<OpenApiDocument>('GET', '/api/openapi.json');
  routes = operationsOf(body).filter(({ path }) => path.startsWith('/api/'));
  keys = {
    admin: adminKey,
    engineer: await keyOf('/api/v1/keys', { name: 'line', role: 'engineer' }),
    auditor: await keyOf('/api/v1/keys', { name: 'inspection', role: 'auditor' }),
    station: await keyOf('/api/v1/stations', { name: 'SZX-L1-03' }),
  };
});
afterAll(async () => {
  await service.stop();
});

async function keyOf(path: string, body: object): Promise<string> {
  return (await service.call<{ key: string }>('POST', path, body)).body.key;
}

/** Asks every route with a key, or without one. Shape: from `GET /api/v1/me` to `401 key.missing`. */
async function askAll(key: string, asked: readonly Route[] = routes): Promise<Map<string, string>> {
  const answers = await Promise.all(
    asked.map(async ({ method, path }) => {
      const url = path.replace(/\{\w+\}/g, 'none');
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const answer = await service.call<{ code?: string } | undefined>(method, url, body, key);
      return [`${method} ${path}`, `${answer.status} ${answer.body?.code ?? ''}`] as const;
    }),
  );
  return new Map(answers);
}

describe('every route under /api', () => {
  it('is there to be asked', () => {
    expect(routes.length).toBeGreaterThan(10);
  });

  it('needs a key', async () => {
    expect(new Set((await askAll('')).values())).toEqual(new Set(['401 key.missing']));
  });

  it('needs a key that is known', async () => {
    const answers = await askAll(`tm_${randomUUID()}`);
    expect(new Set(answers.values())).toEqual(new Set(['401 key.unknown']));
  });

  it('is open to the roles that are listed for it, and to no other', async () => {
    const found: Record<string, Role[]> = {};
    for (const role of roles) {
      for (const [route, answer] of await askAll(keys[role])) {
        expect(answer, `${role}: ${route}`).not.toMatch(/^401/);
        const isOpen = answer !== '403 key.role_not_allowed';
        found[route] = [...(found[route] ?? []), ...(isOpen ? [role] : [])];
      }
    }
    expect(found).toEqual(roleMatrix);
  });

  it('needs a key however its address is spelt', async () => {
    for (const spelt of ['/%61pi/v1/', '/api/%761/', 'http://x/api/v1/', 'https://x:1/api/v1/']) {
      for (const { method, path } of routes) {
        const target = path.replace('/api/v1/', spelt).replace(/\{\w+\}/g, 'none');
        const line = `${method} ${target}`;
        const answer = await sendRaw(service.service.ports.httpPort, rawRequest(line));
        expect(answer, line).toMatch(/^HTTP\/1\.1 401 /);
      }
    }
  });
});

describe('a key', () => {
  const status = async (headers: readonly string[], path = '/api/v1/keys'): Promise<string> => {
    const { httpPort } = service.service.ports;
    return (await sendRaw(httpPort, rawRequest(`GET ${path}`, headers))).slice(9, 12);
  };

  it.each([
    ['as Bearer', [`Authorization: Bearer ${adminKey}`], '200'],
    ['in another case of the word', [`authorization: bearer ${adminKey}`], '200'],
    ['after more blanks', [`Authorization: Bearer   ${adminKey}`], '200'],
    ['as Basic', [`Authorization: Basic ${adminKey}`], '401'],
    ['without the word', [`Authorization: ${adminKey}`], '401'],
    ['in a header of its own', [`X-Api-Key: ${adminKey}`], '401'],
    ['in a cookie', [`Cookie: key=${adminKey}`], '401'],
    ['with something after it', [`Authorization: Bearer ${adminKey} x`], '401'],
    ['in another case', [`Authorization: Bearer ${adminKey.toUpperCase()}`], '401'],
    ['cut short', [`Authorization: Bearer ${adminKey.slice(0, -1)}`], '401'],
    ['empty', ['Authorization: Bearer '], '401'],
  ])('%s is answered %s', async (_, headers, expected) => {
    expect(await status(headers)).toBe(expected);
  });

  it('in the address is not taken: addresses are logged everywhere', async () => {
    expect(await status([], `/api/v1/keys?key=${adminKey}&access_token=${adminKey}`)).toBe('401');
  });
});

describe('what needs no key', () => {
  it.each(['/health/live', '/health/ready', '/api/docs', '/api/openapi.json'])(
    '%s',
    async (path) => {
      expect((await service.call('GET', path, undefined, '')).status).toBe(200);
    },
  );
});
