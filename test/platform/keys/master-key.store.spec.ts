import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { knownKids, remember, retireKid } from '../../../src/platform/keys/master-key.store.js';
import { openMasterKey } from '../../../src/platform/keys/open-key-ring.js';
import type { OpenedKeyRing } from '../../../src/platform/keys/open-key-ring.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

const now = new Date('2026-11-22T08:00:00Z');
let database: TestDatabase;
let dataSource: DataSource;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-master-'));
  database = await createTestDatabase();
  dataSource = database.dataSource;
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function start(file = 'master.key'): Promise<OpenedKeyRing> {
  return inTransaction(dataSource, (tx) => openMasterKey(tx, join(folder, file), now));
}

describe('openMasterKey', () => {
  it('makes a key once and lets the database remember it', async () => {
    const first = await start();
    expect(first.isNew).toBe(true);
    const known = await inTransaction(dataSource, knownKids);
    const kid = first.ring.currentKid;
    expect(known).toEqual([{ kid, checkValue: first.ring.checkValue(kid) }]);
    const second = await start();
    expect(second.isNew).toBe(false);
    expect(second.ring.kids).toEqual([kid]);
  });

  it('lets one of two machines that start on an empty database make the key, and refuses the other', async () => {
    const starts = await Promise.allSettled([start('one.key'), start('two.key')]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(starts.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'keys.ring_lacks_kid' },
    });
    expect(await readdir(folder)).toHaveLength(1);
    expect(await inTransaction(dataSource, knownKids)).toHaveLength(1);
  });

  it('makes no key and remembers none when the file was lost', async () => {
    await start();
    await rm(join(folder, 'master.key'));
    await expect(start()).rejects.toMatchObject({ code: 'keys.ring_lacks_kid' });
    expect(await readdir(folder)).toEqual([]);
    expect(await inTransaction(dataSource, knownKids)).toHaveLength(1);
  });

  it('starts again with the file of a start that died before its commit', async () => {
    const dying = inTransaction(dataSource, async (tx) => {
      await openMasterKey(tx, join(folder, 'master.key'), now);
      throw new Error('power cut');
    });
    await expect(dying).rejects.toThrow('power cut');
    const { ring, isNew } = await start();
    expect(isNew).toBe(false);
    expect(await inTransaction(dataSource, knownKids)).toMatchObject([{ kid: ring.currentKid }]);
  });
});

describe('a remembered kid', () => {
  it('stays what it was: again is nothing, another key is refused', async () => {
    const mark = (byte: number) => (): Promise<void> =>
      inTransaction(dataSource, (tx) => remember(tx, 'k1', Buffer.alloc(16, byte)));
    await mark(1)();
    await mark(1)();
    await expect(mark(2)()).rejects.toMatchObject({ code: 'keys.ring_does_not_match' });
    expect(await inTransaction(dataSource, knownKids)).toEqual([
      { kid: 'k1', checkValue: Buffer.alloc(16, 1) },
    ]);
  });

  it('is asked for no more once it is retired', async () => {
    const { ring } = await start();
    const oldKid = ring.currentKid;
    const newKid = await ring.announceKey(now);
    await ring.useKey(newKid);
    await start();
    await inTransaction(dataSource, (tx) => retireKid(tx, oldKid));
    await ring.forgetKey(oldKid);
    expect((await start()).ring.kids).toEqual([newKid]);
  });
});
