import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyUse } from '../../src/access/key-use.js';
import { rows } from '../../src/platform/database/query.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { listed, makeKey, rotateKey, statusWith, toldOf } from './keys-api.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const revoke = (keyId: string) => service.call('DELETE', `/api/v1/keys/${keyId}`);
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** Ends the overlap of a key as time would. */
async function endOverlap(keyId: string): Promise<void> {
  await rows(
    service.database.dataSource,
    `UPDATE api_key SET valid_until = now() - interval '1 second' WHERE id = $1`,
    [Number(keyId.slice('key-'.length))],
  );
  await makeKey(service); // any change makes keys be looked at again
}

describe('a key that expires', () => {
  it('opens the API until then, and nothing after', async () => {
    const made = await makeKey(service, { expiresAt: inSeconds(2) });
    expect(await statusWith(service, made.key)).toBe(200);
    await expect.poll(() => statusWith(service, made.key), { timeout: 20_000 }).toBe(401);
    expect(await listed(service, made.keyId)).toMatchObject({ state: 'expired', revokedAt: null });
  });

  it('is not made when that is over already', async () => {
    const body = { name: 'late', expiresAt: '2020-01-01T00:00:00Z' };
    const answer = await service.call('POST', '/api/v1/keys', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'key.expiry_past' } });
  });
});

describe('a key that is rotated', () => {
  it('is valid beside the new one for a day unless something else is said', async () => {
    const old = await makeKey(service, { role: 'engineer', name: 'line', maxPerSecond: 70 });
    const { status, body, text } = await rotateKey(service, old.keyId);
    expect(status).toBe(200);
    expect(text).not.toContain(old.key);
    expect(body).toMatchObject({ role: 'engineer', name: 'line', maxPerSecond: 70 });
    expect(body).toMatchObject({ rotatedFrom: old.keyId, previous: { keyId: old.keyId } });
    const overlapMs = Date.parse(body.previous?.validUntil ?? '') - Date.now();
    expect(Math.abs(overlapMs - 24 * 3600 * 1000)).toBeLessThan(60_000);
    expect(await statusWith(service, old.key)).toBe(200);
    expect(await statusWith(service, body.key)).toBe(200);
    const before = await listed(service, old.keyId);
    expect(before).toMatchObject({ state: 'valid', validUntil: body.previous?.validUntil });
  });

  it('opens nothing when the overlap is over', async () => {
    const old = await makeKey(service);
    const { body } = await rotateKey(service, old.keyId);
    await endOverlap(old.keyId);
    expect(await statusWith(service, old.key)).toBe(401);
    expect(await statusWith(service, body.key)).toBe(200);
    expect(await listed(service, old.keyId)).toMatchObject({ state: 'expired' });
  });

  it('opens nothing at once when no overlap is wanted', async () => {
    const old = await makeKey(service);
    expect(await statusWith(service, old.key)).toBe(200);
    const { body } = await rotateKey(service, old.keyId, { overlapSeconds: 0 });
    expect(await statusWith(service, old.key)).toBe(401);
    expect(await statusWith(service, body.key)).toBe(200);
  });

  it('is rotated once: who lost the new key is told which it is', async () => {
    const old = await makeKey(service);
    const { body } = await rotateKey(service, old.keyId);
    expect(await rotateKey(service, old.keyId)).toMatchObject({
      status: 409,
      body: { code: 'key.rotated_already', data: { keyId: body.keyId } },
    });
    await revoke(body.keyId);
    expect(await rotateKey(service, old.keyId)).toMatchObject({ status: 200 });
  });

  it('by two at once gets one key that takes its place', async () => {
    const old = await makeKey(service);
    const answers = await Promise.all([1, 2, 3, 4].map(() => rotateKey(service, old.keyId)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('gives one that lives as long as it was made for, unless something else is said', async () => {
    const old = await makeKey(service, { expiresAt: inSeconds(5000) });
    const { body } = await rotateKey(service, old.keyId);
    const livesMs = Date.parse(body.expiresAt ?? '') - Date.parse(body.createdAt);
    expect(Math.abs(livesMs - 5_000_000)).toBeLessThan(60_000);
    const expiresAt = inSeconds(9000);
    const again = await rotateKey(service, body.keyId, { expiresAt });
    expect(again.body.expiresAt).toBe(expiresAt);
  });

  it.each([{ overlapSeconds: -1 }, { overlapSeconds: 1.5 }, { overlapSeconds: 1e9 }, { x: 1 }])(
    'is not with %j',
    async (body) => {
      const { keyId } = await makeKey(service);
      expect(await rotateKey(service, keyId, body)).toMatchObject({ status: 422 });
    },
  );

  it.each(['revoked', 'unknown'])('is not when it is %s', async (what) => {
    const { keyId } = await makeKey(service);
    if (what === 'revoked') await revoke(keyId);
    const answer = await rotateKey(service, what === 'revoked' ? keyId : 'key-999999');
    expect(answer).toMatchObject({ status: 404, body: { code: 'key.not_found' } });
  });
});

describe('the history of a key', () => {
  it('tells how it was made, replaced and revoked, by whom, and never the key', async () => {
    const old = await makeKey(service, { role: 'auditor', name: 'inspection' });
    const { body } = await rotateKey(service, old.keyId, { overlapSeconds: 60 });
    await revoke(old.keyId);
    const named = { name: 'inspection', role: 'auditor' };
    const actor = 'key-1 (admin)';
    expect(await toldOf(service, 'key', old.keyId)).toEqual([
      { action: 'key.created', actor, detail: { ...named, maxPerSecond: null } },
      { action: 'key.revoked', actor, detail: named },
    ]);
    const previousValidUntil = body.previous?.validUntil;
    expect(await toldOf(service, 'key', body.keyId)).toEqual([
      { action: 'key.rotated', actor, detail: { ...named, from: old.keyId, previousValidUntil } },
    ]);
    const all = await rows(
      service.database.dataSource,
      'SELECT audit_event::text FROM audit_event',
    );
    for (const { key } of [old, body]) {
      expect(JSON.stringify(all)).not.toContain(key.slice(7));
      expect(service.log()).not.toContain(key.slice(7));
    }
  });
});

describe('the last use of a key', () => {
  const flush = () => service.service.app.get(KeyUse).flush();
  const setLastUse = (keyId: string, when: string) =>
    rows(service.database.dataSource, `UPDATE api_key SET last_used_at = ${when} WHERE id = $1`, [
      Number(keyId.slice('key-'.length)),
    ]);

  it('is shown to the minute, with the address, and written beside the requests', async () => {
    const { key, keyId } = await makeKey(service);
    await statusWith(service, key);
    expect(await listed(service, keyId)).toMatchObject({ lastUsedAt: null, lastUsedFrom: null });
    await flush();
    const shown = await listed(service, keyId);
    expect(shown).toMatchObject({ lastUsedFrom: '127.0.0.1' });
    expect(shown?.lastUsedAt).toMatch(/:00\.000Z$/);
    expect(Math.abs(Date.parse(shown?.lastUsedAt ?? '') - Date.now())).toBeLessThan(120_000);
  });

  it('moves forward only, whichever copy writes last', async () => {
    const { key, keyId } = await makeKey(service);
    await setLastUse(keyId, `'2020-01-01'`);
    await statusWith(service, key);
    await flush();
    expect((await listed(service, keyId))?.lastUsedAt).not.toMatch(/^2020/);
    await setLastUse(keyId, `'2100-01-01'`);
    await statusWith(service, key);
    await flush();
    expect((await listed(service, keyId))?.lastUsedAt).toMatch(/^2100/);
  });

  it('is none for a key that was refused', async () => {
    const { key, keyId } = await makeKey(service);
    await revoke(keyId);
    await statusWith(service, key);
    await flush();
    expect(await listed(service, keyId)).toMatchObject({ lastUsedAt: null });
  });
});
