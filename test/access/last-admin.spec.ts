import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyService } from '../../src/access/key.service.js';
import { systemActor } from '../../src/audit/audit-event.js';
import { rows } from '../../src/platform/database/query.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { makeKey, rotateKey, statusWith } from './keys-api.js';

/** The key that every test service is started with. */
const given = 'key-1';
const refused = { status: 409, body: { code: 'key.last_admin' } };

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await service.stop();
});

const revoke = (keyId: string, key?: string) =>
  service.call('DELETE', `/api/v1/keys/${keyId}`, undefined, key);

describe('the last key of an admin', () => {
  it('cannot be revoked, with whatever other keys there are, and the refusal says what to do', async () => {
    await makeKey(service, { role: 'engineer' });
    await makeKey(service, { role: 'auditor' });
    const answer = await revoke(given);
    expect(answer).toMatchObject(refused);
    expect(answer.text).toContain('POST /api/v1/keys');
    expect(await statusWith(service, adminKey)).toBe(200);
  });

  it('is the last also while one that it took the place of is still valid', async () => {
    const old = await makeKey(service);
    const { body } = await rotateKey(service, old.keyId);
    await revoke(given, body.key);
    expect(await statusWith(service, adminKey)).toBe(401);
    expect(await statusWith(service, old.key)).toBe(200);
    expect(await revoke(body.keyId, body.key)).toMatchObject(refused);
    expect(await revoke(old.keyId, body.key)).toMatchObject({ status: 204 });
    expect(await revoke(body.keyId, body.key)).toMatchObject(refused);
  });
});

describe('two admins who are revoked at the same moment', () => {
  it('leave one of them, every time', async () => {
    const keys = service.service.app.get(KeyService);
    const key = { name: 'x', role: 'admin', expiresAt: null, maxPerSecond: null } as const;
    const sql = `SELECT id FROM api_key WHERE role = 'admin' AND revoked_at IS NULL`;
    for (let round = 0; round < 10; round += 1) {
      await keys.create(systemActor, key);
      const valid = await rows<{ id: number }>(service.database.dataSource, sql);
      expect(valid).toHaveLength(2);
      const ends = await Promise.allSettled(valid.map(({ id }) => keys.revoke(systemActor, id)));
      const refused = ends.find((end) => end.status === 'rejected');
      expect(refused?.reason).toMatchObject({ code: 'key.last_admin' });
      expect(await rows(service.database.dataSource, sql)).toHaveLength(1);
    }
  });
});
