import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface ShownKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: string;
  readonly prefix: string;
  readonly revokedAt: string | null;
  readonly key?: string;
}

interface Page {
  readonly items: readonly ShownKey[];
  readonly nextCursor: string | null;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

async function makeKey(name: string): Promise<Required<ShownKey>> {
  const { status, body } = await service.call<Required<ShownKey>>('POST', '/api/v1/keys', { name });
  expect(status).toBe(201);
  return body;
}

async function statusWith(key: string): Promise<number> {
  return (await service.call('GET', '/api/v1/products', undefined, key)).status;
}

describe('a key', () => {
  it('is shown once, opens the API, and is told apart by its prefix from then on', async () => {
    const made = await makeKey('planning');
    expect(made).toMatchObject({ name: 'planning', role: 'admin', revokedAt: null });
    expect(made.key).toMatch(/^tm_[A-Za-z0-9_-]{43}$/);
    expect(made.prefix).toBe(made.key.slice(0, 7));
    expect(await statusWith(made.key)).toBe(200);
    const { body, text } = await service.call<Page>('GET', '/api/v1/keys');
    const shown = body.items.find(({ keyId }) => keyId === made.keyId);
    expect({ ...shown, key: made.key }).toEqual(made);
    expect(shown).not.toHaveProperty('key');
    expect(text).not.toContain(made.key);
    expect(text).not.toContain(made.key.slice(7));
  });

  it('is stored as a digest only', async () => {
    const { key } = await makeKey('stored');
    const stored = await rows<{ row: string }>(
      service.database.dataSource,
      'SELECT api_key::text AS row FROM api_key',
    );
    const text = JSON.stringify(stored);
    expect(text).toContain('stored');
    expect(text).not.toContain(key.slice(7));
    expect(text).not.toContain(Buffer.from(key).toString('hex'));
  });

  it('opens nothing from the moment it is revoked, even in the middle of its use', async () => {
    const { key, keyId } = await makeKey('short-lived');
    const asked = await Promise.all(Array.from({ length: 20 }, () => statusWith(key)));
    expect(new Set(asked)).toEqual(new Set([200]));
    const using = Array.from({ length: 20 }, () => statusWith(key));
    expect((await service.call('DELETE', `/api/v1/keys/${keyId}`)).status).toBe(204);
    const later = await Promise.all(Array.from({ length: 20 }, () => statusWith(key)));
    expect(new Set(later)).toEqual(new Set([401]));
    for (const status of await Promise.all(using)) expect([200, 401]).toContain(status);
    const { body } = await service.call<Page>('GET', '/api/v1/keys');
    expect(body.items.find((one) => one.keyId === keyId)?.revokedAt).toMatch(/^\d{4}-.*Z$/);
  });

  it('cannot be revoked twice', async () => {
    const { keyId } = await makeKey('once');
    await service.call('DELETE', `/api/v1/keys/${keyId}`);
    const again = await service.call('DELETE', `/api/v1/keys/${keyId}`);
    expect(again).toMatchObject({ status: 404, body: { code: 'key.not_found' } });
  });

  it('may revoke itself', async () => {
    const { key, keyId } = await makeKey('leaving');
    expect((await service.call('DELETE', `/api/v1/keys/${keyId}`, undefined, key)).status).toBe(
      204,
    );
    expect(await statusWith(key)).toBe(401);
  });

  it.each([[{}], [{ name: '' }], [{ name: 'x', role: 'station' }], [{ name: 'x', role: 'root' }]])(
    'is not made from %j',
    async (body) => {
      const answer = await service.call('POST', '/api/v1/keys', body);
      expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    },
  );
});

describe('the list of keys', () => {
  it('comes in pages that neither repeat nor leave out', async () => {
    for (let count = 0; count < 5; count += 1) await makeKey(`paged ${count}`);
    const { body: whole } = await service.call<Page>('GET', '/api/v1/keys');
    expect(whole.nextCursor).toBeNull();
    const paged: ShownKey[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const path: string = `/api/v1/keys?limit=2&cursor=${cursor}`;
      const { body } = await service.call<Page>('GET', path);
      expect(body.items.length).toBeLessThanOrEqual(2);
      paged.push(...body.items);
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(whole.items);
  });
});
