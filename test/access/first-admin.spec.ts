import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessService } from '../../src/access/access.service.js';
import { ApiKeyStore } from '../../src/access/api-key.store.js';
import { FirstAdmin } from '../../src/access/first-admin.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { systemActor } from '../../src/audit/audit-event.js';
import { Secret } from '../../src/core/secret.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
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
function startProcess(): { readonly access: AccessService; readonly firstAdmin: FirstAdmin } {
  const database = new Database(test.dataSource);
  const keys = new ApiKeyStore();
  const access = new AccessService(database, keys, new AuditStore());
  return { access, firstAdmin: new FirstAdmin(database, access, keys) };
}

async function readKey(path: string): Promise<Secret> {
  return new Secret((await readFile(path, 'utf8')).trim());
}

async function countOf(table: 'api_key' | 'audit_event'): Promise<number> {
  return (await rows(test.dataSource, `SELECT FROM ${table}`)).length;
}

describe('without ADMIN_KEY', () => {
  it('a first start makes a key in a file that only its owner reads, and a second none', async () => {
    const { access, firstAdmin } = startProcess();
    const path = await firstAdmin.ensure(undefined, folder);
    expect(path).toBe(join(folder, 'admin.key'));
    expect((await stat(path ?? '')).mode & 0o777).toBe(0o600);
    expect(await access.authenticate(await readKey(path ?? ''))).toMatchObject({ role: 'admin' });
    expect(await firstAdmin.ensure(undefined, folder)).toBeUndefined();
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
    const paths = made.filter((path) => path !== undefined);
    expect(paths).toHaveLength(1);
    expect(await countOf('api_key')).toBe(1);
    const key = await readKey(paths[0] ?? '');
    expect(await startProcess().access.authenticate(key)).toMatchObject({ role: 'admin' });
  });

  it('racing starts on one folder make one key as well', async () => {
    const made = await Promise.all(
      Array.from({ length: 6 }, () => startProcess().firstAdmin.ensure(undefined, folder)),
    );
    expect(made.filter((path) => path !== undefined)).toHaveLength(1);
    expect(await countOf('api_key')).toBe(1);
  });

  it('a start that died between file and commit is finished by the next', async () => {
    const first = await startProcess().firstAdmin.ensure(undefined, folder);
    const key = await readKey(first ?? '');
    await rows(test.dataSource, 'DELETE FROM api_key'); // as if it had never been committed
    expect(await startProcess().firstAdmin.ensure(undefined, folder)).toBe(first);
    expect(await startProcess().access.authenticate(key)).toMatchObject({ role: 'admin' });
  });

  it('a start where the last admin key was revoked makes a new one, not that one again', async () => {
    const { access, firstAdmin } = startProcess();
    const path = (await firstAdmin.ensure(undefined, folder)) ?? '';
    const old = await readKey(path);
    const { keyId } = await access.authenticate(old);
    await access.revoke(systemActor, keyId);
    expect(await firstAdmin.ensure(undefined, folder)).toBe(path);
    const fresh = await readKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(access.authenticate(old)).rejects.toMatchObject({ code: 'key.unknown' });
    expect(await access.authenticate(fresh)).toMatchObject({ role: 'admin' });
  });
});

describe('with ADMIN_KEY', () => {
  const given = new Secret('a-given-key-of-some-length');

  it('that key opens the API, no file is made, and later starts change nothing', async () => {
    const { access, firstAdmin } = startProcess();
    for (let start = 0; start < 3; start += 1) {
      expect(await firstAdmin.ensure(given, folder)).toBeUndefined();
    }
    expect(await access.authenticate(given)).toMatchObject({ role: 'admin' });
    await expect(stat(join(folder, 'admin.key'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await countOf('api_key')).toBe(1);
  });

  it('racing starts with the same key make it known once', async () => {
    await Promise.all(
      Array.from({ length: 6 }, () => startProcess().firstAdmin.ensure(given, folder)),
    );
    expect(await countOf('api_key')).toBe(1);
  });

  it('a key that was revoked stays revoked', async () => {
    const { access, firstAdmin } = startProcess();
    await firstAdmin.ensure(given, folder);
    await access.revoke(systemActor, (await access.authenticate(given)).keyId);
    await firstAdmin.ensure(given, folder);
    await expect(access.authenticate(given)).rejects.toMatchObject({ code: 'key.unknown' });
  });
});
