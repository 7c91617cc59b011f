import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listed, statusWith } from '../access/keys-api.js';
import { runCommand } from '../support/command.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let folder: string;
beforeAll(async () => {
  service = await startTestService();
  folder = await mkdtemp(join(tmpdir(), 'triplemint-keys-'));
  // The key comes from where a first start would have put it.
  await writeFile(join(service.dataDir, 'admin.key'), `${adminKey}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand(args, { DATA_DIR: service.dataDir });

/** The id that the line on standard error tells. */
function idOf(stderr: string): string {
  return /^(?:key|st)-\d+/.exec(stderr)?.[0] ?? '';
}

describe('triplemint key', () => {
  it('makes a key, which is on standard output and nowhere else', async () => {
    const made = await run('key', 'create', 'inspection', '--role', 'auditor');
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toMatch(/^tm_[\w-]{43}\n$/);
    expect(made.stderr).toMatch(/^key-\d+ \(auditor\) was made; it is not shown again\n$/);
    expect(await statusWith(service, made.stdout.trim())).toBe(200);
  });

  it('writes a key to a file that only its owner reads, and over none that is there', async () => {
    const out = join(folder, 'line.key');
    const args = ['key', 'create', 'line', '--role', 'engineer', '--out', out];
    const made = await run(...args);
    expect(made).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const key = await readFile(out, 'utf8');
    expect(await statusWith(service, key.trim())).toBe(200);
    expect(made.stderr).not.toContain(key.slice(7).trim());

    const before = (await service.call('GET', '/api/v1/keys?limit=100')).text;
    const again = await run(...args);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/^triplemint: file\.exists: .+line\.key .+\n {2}.+--force\.\n$/);
    expect(await readFile(out, 'utf8')).toBe(key);
    expect((await service.call('GET', '/api/v1/keys?limit=100')).text).toBe(before);
  });

  it('rotates a key in its file, and revokes it', async () => {
    const out = join(folder, 'rotated.key');
    const made = await run('key', 'create', 'r', '--role', 'engineer', '--out', out);
    const keyId = idOf(made.stderr);
    const old = (await readFile(out, 'utf8')).trim();
    const rotated = await run('key', 'rotate', keyId, '--overlap', '0', '--out', out, '--force');
    expect(rotated.exitCode).toBe(0);
    expect(rotated.stderr).toContain(` takes the place of ${keyId}, which is valid until `);
    const fresh = (await readFile(out, 'utf8')).trim();
    expect(await statusWith(service, old)).toBe(401);
    expect(await statusWith(service, fresh)).toBe(200);

    const next = idOf(rotated.stderr);
    const revoked = await run('key', 'revoke', next);
    expect(revoked).toMatchObject({ exitCode: 0, stdout: `${next}\trevoked\n` });
    expect(await statusWith(service, fresh)).toBe(401);
    expect(await listed(service, next)).toMatchObject({ state: 'revoked' });
  });

  it('lists keys in lines that show no key', async () => {
    const { exitCode, stdout } = await run('key', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^key +begins with {2,}role +state +valid until {2,}rotated from {2,}/);
    expect(stdout).toMatch(/^key-1 +tm_test… +admin +valid +- +- +\S+ +\S+ +given$/m);
    expect(stdout).not.toContain(adminKey);
  });

  it('lists a key that was rotated as replaced, and the one that took its place', async () => {
    const made = await run('key', 'create', 'turned', '--role', 'auditor');
    const keyId = idOf(made.stderr);
    const next = idOf((await run('key', 'rotate', keyId)).stderr);
    const { stdout } = await run('key', 'list');
    const cells = (id: string) =>
      stdout
        .split('\n')
        .find((line) => line.startsWith(`${id} `))
        ?.split(/ {2,}/)
        .slice(3, 6);
    expect(cells(keyId)).toEqual(['replaced', expect.stringMatching(/^\d{4}-.+Z$/), '-']);
    expect(cells(next)).toEqual(['valid', '-', keyId]);
  });

  it('tells the refusal of the service in one line', async () => {
    const last = await run('key', 'revoke', 'key-1');
    expect(last).toMatchObject({ exitCode: 1, stdout: '' });
    expect(last.stderr).toMatch(/^triplemint: key\.last_admin: [^\n]+\n {2}[^\n]+\n$/);
  });

  it.each([
    [['create', 'x', '--role', 'station']],
    [['create', '--role', 'auditor']],
    [['rotate', 'st-1']],
  ])('refuses %j before it asks anybody', async (args) => {
    const { exitCode, stdout, stderr } = await run('key', ...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /);
  });
});

describe('triplemint station', () => {
  it('enrols a station, lists it, and gives it another key', async () => {
    const made = await run('station', 'create', 'SZX-L1-01', '--line', 'L1');
    const [key, stationId] = [made.stdout.trim(), idOf(made.stderr)];
    const me = (with_: string) => service.call('GET', '/api/v1/me', undefined, with_);
    expect((await me(key)).body).toMatchObject({ stationId, name: 'SZX-L1-01', line: 'L1' });
    const { stdout } = await run('station', 'list');
    expect(stdout).toMatch(new RegExp(`^${stationId} +in service +0 +L1 +SZX-L1-01$`, 'm'));

    const rotated = await run('station', 'rotate-key', stationId, '--overlap', '0');
    expect(rotated.exitCode).toBe(0);
    expect((await me(key)).status).toBe(401);
    expect((await me(rotated.stdout.trim())).status).toBe(200);
  });
});
