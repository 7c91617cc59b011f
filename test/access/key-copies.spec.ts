import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiKeyStore } from '../../src/access/api-key.store.js';
import { rows } from '../../src/platform/database/query.js';
import { makeBench } from '../stations/bench.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { makeKey, rotateKey, statusWith } from './keys-api.js';

let one: TestService;
let other: TestService;
beforeAll(async () => {
  one = await startTestService();
  other = await startTestService({
    DATABASE_URL: one.database.url.expose(),
    MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
  });
});
afterAll(async () => {
  await other.stop();
  await one.stop();
});

/** Long before a key that was seen is looked at again by itself, which is after five seconds. */
const atOnce = { timeout: 2000, interval: 5 };

describe('a key that another copy of the service has seen', () => {
  it('is refused there as soon as it is revoked here', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { key, keyId } = await makeKey(one);
      expect(await statusWith(other, key)).toBe(200);
      expect((await one.call('DELETE', `/api/v1/keys/${keyId}`)).status).toBe(204);
      expect(await statusWith(one, key)).toBe(401);
      await expect.poll(() => statusWith(other, key), atOnce).toBe(401);
    }
  });

  it('is refused there as soon as it is rotated here without overlap', async () => {
    const { key, keyId } = await makeKey(one);
    expect(await statusWith(other, key)).toBe(200);
    const { body } = await rotateKey(one, keyId, { overlapSeconds: 0 });
    await expect.poll(() => statusWith(other, key), atOnce).toBe(401);
    expect(await statusWith(other, body.key)).toBe(200);
  });

  it('is refused there as soon as its station is taken out of service here', async () => {
    const { key, stationId } = await makeBench(one);
    const me = async () => (await other.call('GET', '/api/v1/me', undefined, key)).status;
    expect(await me()).toBe(200);
    await one.call('PATCH', `/api/v1/stations/${stationId}`, { disabled: true });
    await expect.poll(me, atOnce).toBe(403);
    await one.call('PATCH', `/api/v1/stations/${stationId}`, { disabled: false });
    await expect.poll(me, atOnce).toBe(200);
  });

  it('is refused after some seconds even when no signal tells that it was revoked', async () => {
    const { key, keyId } = await makeKey(one);
    expect(await statusWith(other, key)).toBe(200);
    const sql = 'UPDATE api_key SET revoked_at = now() WHERE id = $1';
    await rows(one.database.dataSource, sql, [Number(keyId.slice('key-'.length))]);
    await expect.poll(() => statusWith(other, key), { timeout: 20_000, interval: 50 }).toBe(401);
  });
});

describe('a key that a copy of the service has seen as wrong', () => {
  it('opens it as soon as another copy is started with it', async () => {
    const key = 'tm_a-key-that-comes-later';
    expect(await statusWith(one, key)).toBe(401);
    const later = await startTestService({
      DATABASE_URL: one.database.url.expose(),
      MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
      ADMIN_KEY: key,
    });
    try {
      await expect.poll(() => statusWith(one, key), atOnce).toBe(200);
    } finally {
      await later.stop();
    }
  });
});

describe('a key in use', () => {
  it('is asked for once by many requests that wait for the same answer', async () => {
    const { key } = await makeKey(one);
    const find = vi.spyOn(other.service.app.get(ApiKeyStore), 'findHolder');
    const answers = await Promise.all(Array.from({ length: 20 }, () => statusWith(other, key)));
    expect(new Set(answers)).toEqual(new Set([200]));
    // A signal about another key may come in between.
    expect(find.mock.calls.length).toBeLessThan(5);
    find.mockRestore();
  });
});
