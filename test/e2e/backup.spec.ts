import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../src/backup/archive-reader.js';
import { readBackupFile } from '../../src/backup/backup-file.js';
import { rows } from '../../src/platform/database/query.js';
import { giveTls } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { runCommand } from '../support/command.js';
import type { Ended } from '../support/command.js';
import { createTestDatabase, runOnServer } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { exportTriples } from '../support/orders.js';
import { registrationForm } from '../support/registering.js';
import { adminKey } from '../support/service.js';
import { makePlant, startTraffic } from '../support/traffic.js';
import type { Plant, Traffic } from '../support/traffic.js';

let database: TestDatabase;
let folder: string;
let plant: Plant;
let traffic: Traffic;
/** What stations were given before the backup began, and all that they were given in the end. */
let before: ReadonlyMap<string, string>;
let file: string;
let made: Ended;
let identity: string;
let recipient: string;

const keyOf = (name: string): string => join(folder, name, 'master.key');

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'triplemint-backup-'));
  file = join(folder, 'one.backup');
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  await giveTls(join(folder, 'lost'));
  const lost = await startBuiltService(join(folder, 'lost'), settings('lost'));
  try {
    const { mqtt } = JSON.parse(await readFile(join(folder, 'lost', 'service.json'), 'utf8')) as {
      mqtt: string;
    };
    plant = await makePlant(lost);
    traffic = startTraffic([{ ...lost, mqtt }], plant);
    await traffic.served();
    before = new Map(traffic.given);
    made = await runCommand(['backup', file], settings('lost'));
    await traffic.served();
    await traffic.stop();
  } finally {
    await lost.end('SIGKILL');
  }
}, 120_000);

afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The service that is lost works on the test server; the others on clusters of their own. */
function settings(name: string): Record<string, string> {
  const dataDir = join(folder, name);
  const own = { DATA_DIR: dataDir, ADMIN_KEY: adminKey };
  return name === 'lost' ? { ...own, DATABASE_URL: database.url.expose() } : own;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Runs a restore that must be refused and leave its data directory as it was: not there. */
async function refused(args: readonly string[], name = 'refused'): Promise<string> {
  const { exitCode, stderr } = await runCommand(['restore', ...args], settings(name));
  expect(exitCode).toBe(1);
  expect(await isThere(join(folder, name))).toBe(false);
  return stderr;
}

describe('a backup of a service at work', () => {
  it('disturbs nobody, is for its owner only, and says what to keep apart from it', async () => {
    expect(made).toMatchObject({ exitCode: 0 });
    expect(traffic.troubles).toEqual([]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(made.stdout).toContain(`keep ${keyOf('lost')} apart from it`);
    expect(made.stderr).toMatch(/backed up device: [\d,]+ rows/);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const { exitCode, stderr } = await runCommand(['backup', file], settings('lost'));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('backup.file_exists')]);
  });

  it('holds neither a secret of a device nor of a product', async () => {
    const text = gunzipSync(await readFile(file)).toString('latin1');
    expect(text).toContain('line_000001');
    expect(text).not.toContain(plant.product.productSecret);
    for (const secret of plant.triples.values()) expect(text).not.toContain(secret);
    const { keys } = JSON.parse(await readFile(keyOf('lost'), 'utf8')) as {
      keys: { key: string }[];
    };
    for (const { key } of keys) {
      expect(text).not.toContain(Buffer.from(key, 'base64').toString('hex'));
    }
  });
});

describe('a restore', () => {
  it('refuses a backup that was cut off or changed anywhere, and leaves nothing behind', async () => {
    const whole = await readFile(file);
    const broken = join(folder, 'broken');
    const isRefused = async (bytes: Buffer): Promise<void> => {
      await writeFile(broken, bytes);
      const reading = readArchive(readBackupFile(broken, undefined), {});
      await expect(reading, `${bytes.length} bytes`).rejects.toMatchObject({
        code: 'backup.damaged',
      });
    };
    for (let part = 1; part < 40; part += 1) {
      const at = Math.floor((whole.length * part) / 40);
      await isRefused(whole.subarray(0, at));
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 4;
      await isRefused(changed);
    }
    for (const size of [0, 1, 20, whole.length - 1]) await isRefused(whole.subarray(0, size));
    await isRefused(Buffer.concat([whole, whole]));
    await writeFile(broken, whole.subarray(0, -1000));
    expect(await refused([broken])).toContain('backup.damaged');
  }, 60_000);

  it('refuses before it begins when the master keys are missing or are those of another service', async () => {
    expect(await refused([file])).toContain('keys.ring_lacks_kid');
    const path = join(folder, 'other.key');
    const key = { kid: 'other', key: randomBytes(32).toString('base64') };
    const keys = [{ ...key, createdAt: '2026-01-01T00:00:00Z' }];
    await writeFile(path, JSON.stringify({ keys, current: 'other' }), { mode: 0o600 });
    const other = { ...settings('refused'), MASTER_KEY_FILE: path };
    const { exitCode, stderr } = await runCommand(['restore', file], other);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('keys.ring_lacks_kid')]);
    expect(await isThere(join(folder, 'refused'))).toBe(false);
  }, 60_000);
});

describe('a service that was restored into a new data directory', () => {
  let restored: BuiltService;
  /** Names that stations were given after the backup, of which it knows nothing. */
  let givenSince: string[];

  beforeAll(async () => {
    await mkdir(join(folder, 'new'), { mode: 0o711 });
    await copyFile(keyOf('lost'), keyOf('new'));
    const { exitCode, stdout, stderr } = await runCommand(['restore', file], settings('new'));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/orders give out nothing for now/);
    await giveTls(join(folder, 'new'));
    restored = await startBuiltService(join(folder, 'new'), settings('new'));
    const { body } = await restored.call<{ items: { deviceName: string }[] }>(
      'GET',
      `/api/v1/products/${plant.product.productKey}/devices?state=leased&limit=1000`,
    );
    const known = new Set(body.items.map(({ deviceName }) => deviceName));
    givenSince = [...traffic.given.values()].filter((name) => !known.has(name));
    expect(givenSince.length).toBeGreaterThan(0);
  }, 120_000);

  afterAll(async () => {
    await restored.end('SIGTERM');
  });

  async function claim(sn: string): Promise<{ status: number; code: string; name: string }> {
    const body = { orderId: plant.claimed, unit: { sn } };
    const path = '/api/v1/claims';
    const { status, body: answer } = await restored.call<{
      code?: string;
      triple?: { deviceName: string };
    }>('POST', path, body, plant.station.key);
    return { status, code: answer.code ?? '', name: answer.triple?.deviceName ?? '' };
  }

  async function register(deviceName: string): Promise<boolean> {
    const form = registrationForm({ ...plant.product, deviceName });
    const answer = await fetch(`${restored.http}/auth/register/device`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return ((await answer.json()) as { code: number }).code === 200;
  }

  it('gives every device the secret it had', async () => {
    const triples = new Map([
      ...(await exportTriples(restored, plant.claimed)),
      ...(await exportTriples(restored, plant.registered)),
    ]);
    expect(Object.fromEntries(triples)).toEqual(Object.fromEntries(plant.triples));
  });

  it('counts what is there, and its history goes on in one chain', async () => {
    const { body } = await restored.call<{ items: Record<string, number>[] }>(
      'GET',
      '/api/v1/orders?limit=100',
    );
    for (const order of body.items) {
      const { minted = 0, free = 0, leased = 0, failed = 0, confirmed = 0, issued = 0 } = order;
      expect(free + leased + failed + confirmed + issued + (order['void'] ?? 0)).toBe(minted);
    }
    const history = await restored.call('GET', '/api/v1/audit?action=database.restored');
    expect(history.text).toContain('backupMadeAt');
    const verified = await runCommand(['audit', 'verify'], settings('new'));
    expect(verified).toMatchObject({ exitCode: 0 });
  });

  it('gives units the triples they had, and no other unit one that was given out since', async () => {
    const [[sn, name] = ['', '']] = [...before];
    expect(await claim(sn)).toMatchObject({ status: 200, name });
    expect(await claim('fresh')).toMatchObject({ status: 409, code: 'order.held' });
    expect(await register(givenSince[0] ?? '')).toBe(false);
    expect(await register('field_002999')).toBe(true);
  });

  it('goes on when an admin says what was given out since, which nobody else gets then', async () => {
    const names = join(folder, 'given.txt');
    await writeFile(names, `${givenSince.join('\r\n')}\r\n`);
    const shown = await runCommand(['release'], settings('new'));
    expect(shown.stdout).toContain(`${plant.claimed}  ${plant.product.productKey}  held since`);
    const args = ['release', plant.claimed, '--given', names];
    const { exitCode, stdout } = await runCommand(args, settings('new'));
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(`${givenSince.length} devices are taken for given out`),
    ]);
    const elsewhere = new Set(traffic.given.values());
    for (let no = 0; no < 5; no += 1) {
      const { status, name } = await claim(`fresh${no}`);
      expect(status).toBe(201);
      expect(elsewhere.has(name)).toBe(false);
    }
    const verified = await runCommand(['verify'], settings('new'));
    expect(verified, verified.stdout).toMatchObject({ exitCode: 0 });
  }, 60_000);
});

describe('a backup for an age recipient', () => {
  let secret: string;
  let owned: TestDatabase;
  const owner = `owner_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    secret = join(folder, 'secret.backup');
    await writeFile(join(folder, 'identity.txt'), `# mine\n${identity}\n`, { mode: 0o600 });
    owned = await createTestDatabase({ isEmpty: true });
    await runOnServer(`CREATE ROLE ${owner} LOGIN PASSWORD 'o' NOSUPERUSER`);
    await runOnServer(`ALTER DATABASE ${nameOf(owned)} OWNER TO ${owner}`);
  });
  afterAll(async () => {
    await owned.drop();
    await runOnServer(`DROP ROLE IF EXISTS ${owner}`);
  });

  function nameOf({ url }: TestDatabase): string {
    return new URL(url.expose()).pathname.slice(1);
  }

  /** As the owner of an empty database, who is no superuser. */
  function asOwner(): Record<string, string> {
    const url = new URL(owned.url.expose());
    url.username = owner;
    url.password = 'o';
    return { ...settings('owned'), DATABASE_URL: url.href };
  }

  it('takes the master keys along only when nobody else can read it', async () => {
    const open = await runCommand(['backup', secret, '--with-keys'], settings('lost'));
    expect([open.exitCode, await isThere(secret)]).toEqual([2, false]);
    const args = ['backup', secret, '--recipient', recipient, '--with-keys'];
    expect(await runCommand(args, settings('lost'))).toMatchObject({ exitCode: 0 });
    expect((await readFile(secret)).subarray(0, 18).toString()).toBe('age-encryption.org');
  }, 60_000);

  it('is restored with the identity of the recipient, keys and all, by an owner who is no superuser', async () => {
    const stranger = join(folder, 'stranger.txt');
    await writeFile(stranger, await generateX25519Identity());
    await expect(readArchive(readBackupFile(secret, undefined), {})).rejects.toMatchObject({
      code: 'backup.identity_wrong',
    });
    expect(await refused([secret, '--identity', stranger])).toContain('backup.identity_wrong');
    const args = ['restore', secret, '--identity', join(folder, 'identity.txt')];
    const complete = [...args, '--nothing-given-out-since'];
    expect(await runCommand(complete, asOwner())).toMatchObject({ exitCode: 0 });
    expect(await readFile(keyOf('owned'))).toEqual(await readFile(keyOf('lost')));
    const [held] = await rows<{ count: number }>(
      owned.dataSource,
      'SELECT count(held_at)::integer AS count FROM production_order',
    );
    expect(held?.count).toBe(0);
    const again = await runCommand(args, asOwner());
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      expect.stringContaining('restore.not_empty'),
    ]);
  }, 60_000);
});
