import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderKeyContext } from '../../src/devices/device-secrets.js';
import { affected, rows } from '../../src/platform/database/query.js';
import { inTransaction } from '../../src/platform/database/transaction.js';
import { openMasterKey } from '../../src/platform/keys/open-key-ring.js';
import type { KeyRing } from '../../src/platform/keys/key-ring.js';
import { countByKid } from '../../src/platform/keys/sealed-values.store.js';
import { sealedColumns } from '../../src/sealed-columns.js';
import { giveTls } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { runCommand, startCommand } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { exportTriples } from '../support/orders.js';
import { adminKey } from '../support/service.js';
import { makePlant, startTraffic } from '../support/traffic.js';
import type { Plant, Reached, Traffic } from '../support/traffic.js';

/** More than one page of values, so that a rotation can be killed between two. */
const extraOrders = 900;

let database: TestDatabase;
let folder: string;
let settings: Record<string, string>;
const services: BuiltService[] = [];
let copies: Reached[];
let plant: Plant;
let traffic: Traffic;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'triplemint-rotate-'));
  settings = {
    DATABASE_URL: database.url.expose(),
    MASTER_KEY_FILE: join(folder, 'master.key'),
    ADMIN_KEY: adminKey,
    DATA_DIR: join(folder, 'command'),
  };
  copies = [];
  for (const name of ['one', 'two']) {
    const dataDir = join(folder, name);
    await giveTls(dataDir);
    const service = await startBuiltService(dataDir, { ...settings, DATA_DIR: dataDir });
    services.push(service);
    const file = await readFile(join(dataDir, 'service.json'), 'utf8');
    copies.push({ ...service, mqtt: (JSON.parse(file) as { mqtt: string }).mqtt });
  }
  const [one] = copies;
  if (!one) throw new Error('no service');
  plant = await makePlant(one);
  await addOrders(plant);
  traffic = startTraffic(copies, plant);
  await traffic.served();
});

afterAll(async () => {
  await traffic.stop();
  for (const service of services) await service.end('SIGTERM');
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function openRing(): Promise<KeyRing> {
  const opened = await inTransaction(database.dataSource, (tx) =>
    openMasterKey(tx, settings['MASTER_KEY_FILE'] ?? '', new Date()),
  );
  return opened.ring;
}

/** Orders that ended long ago, sealed with the key of now. */
async function addOrders({ product }: Plant): Promise<void> {
  const ring = await openRing();
  const ids = Array.from({ length: extraOrders }, (_, index) => 1000 + index);
  const sealed = ids.map((id) => ring.seal(Buffer.alloc(32, 7), orderKeyContext(id)));
  await affected(
    database.dataSource,
    `INSERT INTO production_order (id, product_id, state, quantity, naming, provisioning,
       accept_volatile, order_key_sealed)
     SELECT o.id, p.id, 'closed', 1, '{}', 'device-secret', false, o.sealed
     FROM unnest($1::integer[], $2::bytea[]) AS o (id, sealed), product p
     WHERE p.product_key = $3`,
    [ids, sealed, product.productKey],
  );
}

async function kidsInUse(): Promise<string[]> {
  return [...(await countByKid(database.dataSource.manager, sealedColumns)).keys()];
}

async function audited(action: string): Promise<Record<string, unknown>[]> {
  const found = await rows<{ detail: Record<string, unknown> }>(
    database.dataSource,
    'SELECT detail FROM audit_event WHERE action = $1 ORDER BY id',
    [action],
  );
  return found.map(({ detail }) => detail);
}

/** Every triple as both copies give it out; copies keep opened keys, so a third one is asked too. */
async function triplesOfAll(asked: readonly Pick<Reached, 'call'>[]): Promise<object[]> {
  const all: object[] = [];
  for (const copy of asked) {
    const claimed = await exportTriples(copy, plant.claimed);
    all.push(Object.fromEntries([...claimed, ...(await exportTriples(copy, plant.registered))]));
  }
  return all;
}

describe('rotating the master key while two copies serve', () => {
  it('seals everything with a new key, and nobody who claims, registers or logs in is disturbed', async () => {
    const before = (await openRing()).currentKid;
    const { exitCode, stdout, stderr } = await runCommand(['keys', 'rotate-master'], settings);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const turned = (await openRing()).currentKid;
    const retired = await runCommand(['keys', 'rotate-master', '--retire-old'], settings);
    expect(retired).toMatchObject({
      exitCode: 0,
      stdout: `No new key was made: ${turned} seals everything.\n${before}: retired, kept in the file for old backups.\n`,
    });
    const { currentKid, keys } = await openRing();
    expect([currentKid, currentKid === before]).toEqual([turned, false]);
    expect(stdout).toContain(currentKid);
    expect(stderr).toMatch(/sealed again: \d+ of \d+/);
    await traffic.served();
    expect(traffic.troubles).toEqual([]);
    expect(await kidsInUse()).toEqual([currentKid]);
    expect(keys.map(({ kid, retiredAt }) => [kid, retiredAt !== undefined])).toEqual([
      [before, true],
      [currentKid, false],
    ]);
    expect(await audited('keys.rotated')).toEqual([{ kid: currentKid, previous: before }]);
    expect(await audited('keys.retired')).toEqual([{ kid: before, isForgotten: false }]);
  }, 60_000);

  it('goes on where it was killed, makes no further key, and is harmless when it is run again', async () => {
    const before = (await openRing()).currentKid;
    const { child, ended } = startCommand(['keys', 'rotate-master'], settings);
    if (child.stderr) await once(child.stderr, 'data');
    child.kill('SIGKILL');
    expect((await ended).exitCode).toBeNull();
    const { currentKid } = await openRing();
    expect(await kidsInUse()).toEqual(expect.arrayContaining([before, currentKid]));
    const again = await runCommand(['keys', 'rotate-master'], settings);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain('An earlier rotation went on');
    expect((await openRing()).currentKid).toBe(currentKid);
    expect(await kidsInUse()).toEqual([currentKid]);
    await traffic.served();
    await traffic.stop();
    expect(traffic.troubles).toEqual([]);
  }, 60_000);

  it('leaves every device its secret, also for a copy that has opened no key before', async () => {
    const dataDir = join(folder, 'three');
    await giveTls(dataDir);
    const third = await startBuiltService(dataDir, { ...settings, DATA_DIR: dataDir });
    try {
      for (const triples of await triplesOfAll([...copies, third])) {
        expect(triples).toEqual(Object.fromEntries(plant.triples));
      }
    } finally {
      await third.end('SIGTERM');
    }
  }, 60_000);

  it('shows each key but none of its bytes, and removes the old ones when it is told to', async () => {
    const text = await readFile(settings['MASTER_KEY_FILE'] ?? '', 'utf8');
    const { currentKid, kids } = await openRing();
    const list = await runCommand(['keys', 'list'], settings);
    expect(list.stdout.match(/ retired /g)).toHaveLength(1);
    expect(list.stdout.match(/ old +seals 0/g)).toHaveLength(1);
    expect(list.stdout).toMatch(new RegExp(`${currentKid} .* current +seals [1-9]`));
    const forget = ['keys', 'rotate-master', '--retire-old', '--forget'];
    expect(await runCommand(forget, settings)).toMatchObject({ exitCode: 0 });
    const ring = await openRing();
    expect(ring.kids).toEqual([currentKid]);
    expect(kids).toHaveLength(3);
    expect(await triplesOfAll(copies)).toHaveLength(2);
    const { keys } = JSON.parse(text) as { keys: { key: string }[] };
    const printed = [list.stdout, list.stderr, ...services.map((one) => one.output())].join('\n');
    for (const { key } of keys) expect(printed).not.toContain(key);
    expect(printed).not.toContain('keys.not_reloaded');
  }, 60_000);
});
