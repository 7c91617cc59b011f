import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccessService } from '../../src/access/access.service.js';
import { ApiKeyStore } from '../../src/access/api-key.store.js';
import { Secret } from '../../src/core/secret.js';
import { rows } from '../../src/platform/database/query.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import { makeKey } from './keys-api.js';

/** Units: requests a second; a burst is twice that. */
const limit = 3;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ KEY_LIMIT: String(limit), TRUST_PROXY: 'true' });
  // The admin key of the tests is not what is tried here.
  await rows(service.database.dataSource, 'UPDATE api_key SET max_per_second = 0');
});
afterAll(async () => {
  await service.stop();
});

interface Refusal {
  readonly code: string;
  readonly retryable: boolean;
}

const wrongKey = (): string => `tm_${randomUUID()}`;
const auditor = (rest: object = {}) => makeKey(service, { role: 'auditor', ...rest });

/** Asks for what no auditor may do: `key.role_not_allowed` says that the key was let through. */
async function askOnce(key: string): Promise<Answer<Refusal>> {
  return await service.call<Refusal>('POST', '/api/v1/products', {}, key);
}

async function askTimes(key: string, times: number): Promise<Answer<Refusal>[]> {
  return await Promise.all(Array.from({ length: times }, () => askOnce(key)));
}

/** Asks many times at once. Shape: how often each status was answered. */
async function ask(key: string, times: number): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await askTimes(key, times)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Counts how often the database is asked for a key. */
function watchQueries() {
  return vi.spyOn(service.service.app.get(ApiKeyStore), 'findHolder');
}

describe('a key that sends too many requests', () => {
  it('is answered 429 with Retry-After, and others are not', async () => {
    const [{ key }, { key: other }] = [await auditor(), await auditor()];
    const answers = await askTimes(key, 60);
    const refusal = answers.find(({ status }) => status === 429);
    expect(refusal?.body).toMatchObject({ code: 'key.too_fast', retryable: true });
    expect(refusal?.headers.get('retry-after')).toBe('1');
    const letThrough = answers.filter(({ status }) => status === 403);
    expect(letThrough.length).toBeGreaterThanOrEqual(2 * limit);
    expect(await ask(other, 2 * limit)).toEqual({ 403: 2 * limit });
  });

  it('is let in again after a while', async () => {
    const { key } = await auditor();
    expect((await ask(key, 20))[429]).toBeGreaterThan(0);
    await expect.poll(async () => (await askOnce(key)).status, { timeout: 10_000 }).toBe(403);
  });

  it('may have a limit of its own, and 0 is none', async () => {
    const free = await auditor({ maxPerSecond: 0 });
    expect(await ask(free.key, 50)).toEqual({ 403: 50 });
    const wide = await auditor({ maxPerSecond: 100_000 });
    expect(await ask(wide.key, 50)).toEqual({ 403: 50 });
    const narrow = await auditor({ maxPerSecond: 1 });
    expect((await ask(narrow.key, 20))[429]).toBeGreaterThan(0);
  });

  it.each([-1, 1.5, 100_001, '5'])('cannot be given the limit %j', async (maxPerSecond) => {
    const body = { name: 'x', maxPerSecond };
    expect((await service.call('POST', '/api/v1/keys', body)).status).toBe(422);
  });

  it('costs no work in the database', async () => {
    const { key } = await auditor({ maxPerSecond: 1 });
    await ask(key, 5);
    const queries = watchQueries();
    await ask(key, 50);
    expect(queries.mock.calls.length).toBeLessThanOrEqual(1); // after five seconds, once more
    queries.mockRestore();
  });
});

describe('a wrong key', () => {
  it('is looked for once, however often it is sent, also at the same moment', async () => {
    const wrong = wrongKey();
    const queries = watchQueries();
    expect(await ask(wrong, 30)).toEqual({ 401: 30 });
    expect(await ask(wrong, 30)).toEqual({ 401: 30 });
    expect(queries).toHaveBeenCalledTimes(1);
    queries.mockRestore();
  });

  it('is answered 429 when too many come from one address, which nobody else feels', async () => {
    const access = service.service.app.get(AccessService);
    const outcome = async (key: string, address: string): Promise<string> => {
      try {
        return (await access.authenticate(new Secret(key), address)).role;
      } catch (error) {
        return (error as Refusal).code;
      }
    };
    const flood = (key: string) =>
      Promise.all(Array.from({ length: 600 }, () => outcome(key, '192.0.2.1')));
    const { key: known } = await auditor({ maxPerSecond: 0 });
    expect(await outcome(known, '192.0.2.1')).toBe('auditor');

    const wrong = wrongKey();
    expect(new Set(await flood(wrong))).toEqual(new Set(['key.unknown', 'key.wrong_too_often']));
    const queries = watchQueries();
    await vi.waitFor(async () => {
      await flood(wrong);
      queries.mockClear();
      expect(await outcome(wrongKey(), '192.0.2.1')).toBe('key.wrong_too_often');
      expect(queries).not.toHaveBeenCalled();
    }, 15_000);
    queries.mockRestore();
    expect(await outcome(wrongKey(), '192.0.2.2')).toBe('key.unknown');
    // A key that was right is looked at again after any change, flood or not.
    await auditor();
    const [, own] = await Promise.all([
      flood(wrong).then(() => undefined),
      outcome(known, '192.0.2.1'),
    ]);
    expect(own).toBe('auditor');
  });

  it('sent too often is told so over HTTP, with Retry-After', async () => {
    const access = service.service.app.get(AccessService);
    const wrong = new Secret(wrongKey());
    await vi.waitFor(async () => {
      const flood = Array.from({ length: 600 }, async () => {
        await access.authenticate(wrong, '127.0.0.1');
      });
      const [answers] = await Promise.all([
        askTimes(wrong.expose(), 60),
        Promise.allSettled(flood),
      ]);
      const refusal = answers.find(({ status }) => status === 429);
      expect(refusal?.body.code).toBe('key.wrong_too_often');
      expect(refusal?.headers.get('retry-after')).toBe('1');
    }, 15_000);
  });
});
