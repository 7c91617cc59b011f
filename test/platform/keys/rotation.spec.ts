import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderKeyContext } from '../../../src/devices/device-secrets.js';
import { Database } from '../../../src/platform/database/database.js';
import { affected, rows } from '../../../src/platform/database/query.js';
import { openMasterKey } from '../../../src/platform/keys/open-key-ring.js';
import type { KeyRing } from '../../../src/platform/keys/key-ring.js';
import { retireOthers } from '../../../src/platform/keys/retire.js';
import { rotate } from '../../../src/platform/keys/rotation.js';
import type { Rotated, RotationPlace } from '../../../src/platform/keys/rotation.js';
import { countByKid } from '../../../src/platform/keys/sealed-values.store.js';
import { seatLockSpace } from '../../../src/platform/signals/seat.js';
import { productSecretContext } from '../../../src/products/product-secret.js';
import { sealedColumns } from '../../../src/sealed-columns.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

const now = (): Date => new Date('2026-11-22T08:00:00Z');
let testDatabase: TestDatabase;
let database: Database;
let folder: string;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = new Database(testDatabase.dataSource);
  folder = await mkdtemp(join(tmpdir(), 'triplemint-rotation-'));
});

afterEach(async () => {
  await testDatabase.drop();
  await rm(folder, { recursive: true, force: true });
});

async function openRing(): Promise<KeyRing> {
  const path = join(folder, 'master.key');
  return (await database.inTransaction((tx) => openMasterKey(tx, path, now()))).ring;
}

/** One product with two secrets, and an order of it; `text` is what each of the three seals. */
async function sealSome(ring: KeyRing, text = 'secret'): Promise<void> {
  const secret = ring.seal(Buffer.from(text), productSecretContext('pk1'));
  await affected(
    database.single,
    `INSERT INTO product (product_key, name, secret_sealed, previous_secret_sealed,
       registration_mode, allow_plaintext) VALUES ('pk1', 'p', $1, $1, 'off', false)`,
    [secret],
  );
  await affected(
    database.single,
    `INSERT INTO production_order (id, product_id, state, quantity, naming, provisioning,
       accept_volatile, order_key_sealed) VALUES (7, 1, 'closed', 1, '{}', 'device-secret', false, $1)`,
    [ring.seal(Buffer.from(text), orderKeyContext(7))],
  );
}

/** What the three sealed values open to, with a ring that reads the file anew. */
async function opened(): Promise<string[]> {
  const ring = await openRing();
  const [row] = await rows<{ a: Buffer; b: Buffer; c: Buffer }>(
    database.single,
    `SELECT secret_sealed AS a, previous_secret_sealed AS b, order_key_sealed AS c
     FROM product p JOIN production_order o ON o.product_id = p.id`,
  );
  if (!row) throw new Error('nothing is sealed');
  const texts = [
    await ring.open(row.a, productSecretContext('pk1')),
    await ring.open(row.b, productSecretContext('pk1')),
    await ring.open(row.c, orderKeyContext(7)),
  ];
  return texts.map((text) => text.toString());
}

async function turn(ring: KeyRing, more: Partial<RotationPlace> = {}): Promise<Rotated> {
  return await rotate({
    database,
    ring,
    columns: sealedColumns,
    now,
    onTurned: () => Promise.resolve(),
    onProgress: () => undefined,
    patienceMs: 300,
    ...more,
  });
}

async function retire(ring: KeyRing, isForgetting = false): Promise<string[]> {
  const onRetired = (): Promise<void> => Promise.resolve();
  return await retireOthers({
    database,
    ring,
    columns: sealedColumns,
    now,
    isForgetting,
    onRetired,
  });
}

async function kids(): Promise<string[]> {
  return [...(await countByKid(database.single, sealedColumns)).keys()];
}

const powerCut = (): never => {
  throw new Error('power cut');
};

describe('the list of sealed columns', () => {
  /** Sealed with the key of an order, which a rotation of the master key does not touch. */
  const sealedByOrder = ['staged_device.secret_sealed'];

  it('names every column of the schema whose name says that it is sealed', async () => {
    const found = await rows<{ name: string }>(
      database.single,
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%\\_sealed'`,
    );
    const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`);
    const inSchema = found.map(({ name }) => name);
    expect(inSchema.filter((name) => !sealedByOrder.includes(name)).sort()).toEqual(listed.sort());
  });
});

describe('a rotation', () => {
  it('seals every value with a new key, once', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const old = ring.currentKid;
    const { kid, isResumed, values } = await turn(ring);
    expect([isResumed, values]).toEqual([false, 3]);
    expect(kid).not.toBe(old);
    expect(await kids()).toEqual([kid]);
    expect(await opened()).toEqual(['secret', 'secret', 'secret']);
  });

  it.each<[string, Partial<RotationPlace>]>([
    ['before the new key is used', { onTurned: powerCut }],
    ['after the first values', { onProgress: powerCut }],
  ])('goes on with the same key when it broke off %s', async (_, cut) => {
    const ring = await openRing();
    await sealSome(ring);
    await expect(turn(ring, cut)).rejects.toThrow('power cut');
    expect(await opened()).toEqual(['secret', 'secret', 'secret']);
    const again = await openRing();
    expect(await turn(again)).toMatchObject({ isResumed: true });
    expect(again.kids).toHaveLength(2);
    expect(await kids()).toEqual([again.currentKid]);
    expect(await opened()).toEqual(['secret', 'secret', 'secret']);
  });

  it('run by two at once makes one key', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const rewrap = ring.rewrap.bind(ring);
    let second: Promise<Rotated> | undefined;
    ring.rewrap = async (sealed, aad) => {
      second ??= turn(await openRing());
      await second;
      return await rewrap(sealed, aad);
    };
    const one = await turn(ring);
    const two = await second;
    expect(two).toMatchObject({ isResumed: true, values: 3 });
    expect(one).toMatchObject({ kid: two?.kid, values: 0 });
    expect((await openRing()).kids).toHaveLength(2);
    expect(await kids()).toEqual([one.kid]);
  });

  it('does not undo a change of a secret that comes between', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const other = await openRing();
    let isChanged = false;
    /** Between reading a page and writing it back, the product gets another secret. */
    const rewrap = ring.rewrap.bind(ring);
    ring.rewrap = async (sealed, aad) => {
      if (!isChanged) {
        isChanged = true;
        await affected(
          database.single,
          'UPDATE product SET previous_secret_sealed = secret_sealed, secret_sealed = $1',
          [other.seal(Buffer.from('newer'), productSecretContext('pk1'))],
        );
      }
      return await rewrap(sealed, aad);
    };
    const secretsFirst = sealedColumns.toSorted((a, b) => b.column.localeCompare(a.column));
    await turn(ring, { columns: secretsFirst });
    expect(await opened()).toEqual(['newer', 'secret', 'secret']);
    expect(await kids()).toEqual([ring.currentKid]);
  });

  it('names the row of a value that does not open, and has lost nothing', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const sql = 'UPDATE production_order SET order_key_sealed = order_key_sealed || $1';
    await affected(database.single, sql, [Buffer.from('x')]);
    await expect(turn(ring)).rejects.toMatchObject({
      code: 'keys.seal_broken',
      detail: expect.stringContaining('production_order.order_key_sealed of id 7') as string,
    });
    await expect(retire(ring)).rejects.toMatchObject({ code: 'keys.still_seals' });
  });

  it('does not begin to seal while a running copy of the service lacks the new key', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const old = ring.currentKid;
    const copy = new Client({ connectionString: testDatabase.url.expose() });
    await copy.connect();
    try {
      await copy.query('INSERT INTO service_copy (id, master_kids) VALUES (5, $1)', [[old]]);
      await copy.query('SELECT pg_advisory_lock_shared($1, 5)', [seatLockSpace]);
      await expect(turn(ring)).rejects.toMatchObject({ code: 'keys.copies_lag' });
      expect([ring.currentKid, await kids()]).toEqual([old, [old]]);
    } finally {
      await copy.end();
    }
    // Services of other tests share the server and have seats of their own.
    const gone = `SELECT 1 AS x WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_database d
      ON d.oid = l.database WHERE d.datname = current_database() AND l.classid = $1)`;
    await expect
      .poll(() => rows(database.single, gone, [seatLockSpace]), { timeout: 10_000 })
      .toHaveLength(1);
    expect(await turn(ring)).toMatchObject({ isResumed: true, values: 3 });
  });
});

describe('a rotation that may make no key', () => {
  it('leaves everything as it is when the newest key seals all', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const { kid } = await turn(ring);
    const again = await turn(ring, { mayMakeKey: false });
    expect(again).toEqual({ kid, isNew: false, isResumed: false, values: 0 });
    expect((await openRing()).kids).toHaveLength(2);
  });

  it('still ends one that broke off', async () => {
    const ring = await openRing();
    await sealSome(ring);
    await expect(turn(ring, { onProgress: powerCut })).rejects.toThrow('power cut');
    const again = await openRing();
    expect(await turn(again, { mayMakeKey: false })).toMatchObject({
      isNew: false,
      isResumed: true,
    });
    expect(await kids()).toEqual([again.currentKid]);
  });
});

describe('retiring old keys', () => {
  it('is refused while a value carries one, also one whose writer has not finished', async () => {
    const ring = await openRing();
    const stale = await openRing();
    await sealSome(ring);
    await turn(ring);
    const writer = new Client({ connectionString: testDatabase.url.expose() });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query('UPDATE product SET secret_sealed = $1', [
        stale.seal(Buffer.from('late'), productSecretContext('pk1')),
      ]);
      const retiring = expect(retire(ring)).rejects.toMatchObject({ code: 'keys.still_seals' });
      const waits = `SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'`;
      await expect.poll(() => rows(database.single, waits), { timeout: 10_000 }).toHaveLength(1);
      await writer.query('COMMIT');
      await retiring;
    } finally {
      await writer.end();
    }
    expect(await opened()).toEqual(['late', 'secret', 'secret']);
  });

  it('keeps them in the file for old backups, or removes them, and a start asks for them no more', async () => {
    const ring = await openRing();
    await sealSome(ring);
    const old = ring.currentKid;
    await turn(ring);
    expect(await retire(ring)).toEqual([old]);
    expect((await openRing()).kids).toEqual([old, ring.currentKid]);
    expect(await retire(ring)).toEqual([]);
    expect(await retire(ring, true)).toEqual([old]);
    expect((await openRing()).kids).toEqual([ring.currentKid]);
    expect(await opened()).toEqual(['secret', 'secret', 'secret']);
  });
});
