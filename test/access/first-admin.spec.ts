import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessService } from '../../src/access/access.service.js';
import { ApiKeyStore } from '../../src/access/api-key.store.js';
import { FirstAdmin } from '../../src/access/first-admin.js';
import { KeyService } from '../../src/access/key.service.js';
import { KeyUse } from '../../src/access/key-use.js';
import type { Principal } from '../../src/access/principal.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { systemActor } from '../../src/audit/audit-event.js';
import { Secret } from '../../src/core/secret.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { KeyLimit } from '../../src/platform/limits/key-limit.js';
import { createLogger } from '../../src/platform/logger.js';
import { Signals } from '../../src/platform/signals/signals.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

let test: TestDatabase;
let folder: string;
beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'triplemint-admin-'));
});
afterEach(async () => {
  await test.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The access floor as one process of the service has it. */
interface Process {
  readonly keys: KeyService;
  readonly firstAdmin: FirstAdmin;
  authenticate(key: Secret): Promise<Principal>;
}

function startProcess(): Process {
  const database = new Database(test.dataSource);
  const log = createLogger('silent');
  const signals = new Signals(test.url, log);
  const store = new ApiKeyStore();
  const keys = new KeyService(database, store, new AuditStore(), signals);
  const use = new KeyUse(database, store, log);
  const access = new AccessService(database, store, use, new KeyLimit(0), signals);
  return {
    keys,
    firstAdmin: new FirstAdmin(database, keys, store),
    authenticate: async (key) => await access.authenticate(key, ''),
  };
}

/** The line that says where a key is, and nothing else. */
function madeAt(path: string): string[] {
  return [`An admin key was made: ${path}`];
}

/** Ends a key as time would. */
async function expire(keyId: number): Promise<void> {
  const sql = `UPDATE api_key SET expires_at = now() - interval '1 minute' WHERE id = $1`;
  await rows(test.dataSource, sql, [keyId]);
}

async function readKey(path: string): Promise<Secret> {
  return new Secret((await readFile(path, 'utf8')).trim());
}

async function countOf(table: 'api_key' | 'audit_event'): Promise<number> {
  return (await rows(test.dataSource, `SELECT FROM ${table}`)).length;
}

describe('without ADMIN_KEY', () => {
  it('a first start makes a key in a file that only its owner reads, and a second none', async () => {
    const { firstAdmin, authenticate } = startProcess();
    const path = join(folder, 'admin.key');
    expect(await firstAdmin.ensure(undefined, folder)).toEqual(madeAt(path));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await authenticate(await readKey(path))).toMatchObject({ role: 'admin' });
    expect(await firstAdmin.ensure(undefined, folder)).toEqual([]);
    expect(await countOf('api_key')).toBe(1);
    expect(await countOf('audit_event')).toBe(1);
  });

  it('racing starts of several machines make one key between them', async () => {
    const folders = await Promise.all(
      Array.from({ length: 6 }, () => mkdtemp(join(folder, 'machine-'))),
    );
    const made = await Promise.all(
      folders.map((one) => startProcess().firstAdmin.ensure(undefined, one)),
    );
    const winner = made.findIndex((lines) => lines.length > 0);
    const path = join(folders[winner] ?? '', 'admin.key');
    expect(made.flat()).toEqual(madeAt(path));
    expect(await countOf('api_key')).toBe(1);
    expect(await startProcess().authenticate(await readKey(path))).toMatchObject({ role: 'admin' });
  });

  it('racing starts on one folder make one key as well', async () => {
    const made = await Promise.all(
      Array.from({ length: 6 }, () => startProcess().firstAdmin.ensure(undefined, folder)),
    );
    expect(made.flat()).toEqual(madeAt(join(folder, 'admin.key')));
    expect(await countOf('api_key')).toBe(1);
  });

  it('a start that died between file and commit is finished by the next', async () => {
    const path = join(folder, 'admin.key');
    await startProcess().firstAdmin.ensure(undefined, folder);
    const key = await readKey(path);
    await rows(test.dataSource, 'DELETE FROM api_key'); // as if it had never been committed
    expect(await startProcess().firstAdmin.ensure(undefined, folder)).toEqual(madeAt(path));
    expect(await startProcess().authenticate(key)).toMatchObject({ role: 'admin' });
  });

  it('a start where the last admin key has expired makes a new one, not that one again', async () => {
    const { firstAdmin, authenticate } = startProcess();
    const path = join(folder, 'admin.key');
    await firstAdmin.ensure(undefined, folder);
    const old = await readKey(path);
    await expire((await authenticate(old)).keyId);
    expect(await firstAdmin.ensure(undefined, folder)).toEqual(madeAt(path));
    const fresh = await readKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const later = startProcess();
    await expect(later.authenticate(old)).rejects.toMatchObject({ code: 'key.unknown' });
    expect(await later.authenticate(fresh)).toMatchObject({ role: 'admin' });
  });

  it('the key of an auditor is none of an admin: a start makes one', async () => {
    const { keys, firstAdmin } = startProcess();
    const key = { name: 'x', role: 'auditor', expiresAt: null, maxPerSecond: null } as const;
    await keys.create(systemActor, key);
    expect(await firstAdmin.ensure(undefined, folder)).toHaveLength(1);
  });
});

describe('with ADMIN_KEY', () => {
  const given = new Secret('a-given-key-of-some-length');
  const other = { name: 'other', role: 'admin', expiresAt: null, maxPerSecond: null } as const;

  it('that key opens the API, no file is made, and later starts change nothing', async () => {
    const { firstAdmin, authenticate } = startProcess();
    for (let start = 0; start < 3; start += 1) {
      expect(await firstAdmin.ensure(given, folder)).toEqual([]);
    }
    expect(await authenticate(given)).toMatchObject({ role: 'admin' });
    await expect(stat(join(folder, 'admin.key'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await countOf('api_key')).toBe(1);
  });

  it('racing starts with the same key make it known once', async () => {
    await Promise.all(
      Array.from({ length: 6 }, () => startProcess().firstAdmin.ensure(given, folder)),
    );
    expect(await countOf('api_key')).toBe(1);
  });

  it('a key that was revoked stays revoked, and the start says so without showing it', async () => {
    const { keys, firstAdmin, authenticate } = startProcess();
    await firstAdmin.ensure(given, folder);
    await keys.create(systemActor, other);
    await keys.revoke(systemActor, (await authenticate(given)).keyId);
    const lines = await firstAdmin.ensure(given, folder);
    expect(lines).toEqual([expect.stringMatching(/^ADMIN_KEY is key-1, which is revoked and /)]);
    expect(lines.join()).not.toContain(given.expose());
    await expect(authenticate(given)).rejects.toMatchObject({ code: 'key.unknown' });
  });

  it('a key that opens nothing locks nobody out: another is made when there is none', async () => {
    const { firstAdmin, authenticate } = startProcess();
    await firstAdmin.ensure(given, folder);
    await expire((await authenticate(given)).keyId);
    const [refused, made] = await firstAdmin.ensure(given, folder);
    expect(refused).toMatch(/^ADMIN_KEY is key-1, which is expired and opens nothing/);
    expect([made]).toEqual(madeAt(join(folder, 'admin.key')));
  });

  it('the key of an engineer is told from that of an admin', async () => {
    const { keys, firstAdmin } = startProcess();
    const { secret } = await keys.create(systemActor, { ...other, role: 'engineer' });
    await keys.create(systemActor, other);
    expect(await firstAdmin.ensure(secret, folder)).toEqual([
      "ADMIN_KEY is key-1, the key of engineer other: it is no admin's.",
    ]);
  });
});
