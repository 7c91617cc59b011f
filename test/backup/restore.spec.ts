import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Header, TableEnd } from '../../src/backup/archive-format.js';
import { readArchive } from '../../src/backup/archive-reader.js';
import { inOneTransaction } from '../../src/backup/bare-database.store.js';
import { backupBytes } from '../../src/backup/make-backup.js';
import { restore } from '../../src/backup/restore.js';
import type { Restored, RestoreOptions } from '../../src/backup/restore.js';
import { isEmptyDatabase, tableNames } from '../../src/backup/table-shape.store.js';
import { entities } from '../../src/entities.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { migrations } from '../../src/platform/database/migrations.js';
import { affected, rows } from '../../src/platform/database/query.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const now = new Date('2026-11-22T08:00:00Z');
let from: TestDatabase;
let to: TestDatabase;

beforeEach(async () => {
  from = await createTestDatabase();
  to = await createTestDatabase({ isEmpty: true });
});

afterEach(async () => {
  await from.drop();
  await to.drop();
});

/** A backup in memory; `meanwhile` is done when its first part is made. */
async function backUp(
  { dataSource }: Pick<TestDatabase, 'dataSource'>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Buffer> {
  const tables = await tableNames(dataSource.manager);
  return await inOneTransaction(dataSource, 'REPEATABLE READ', async (tx) => {
    const options = { now, tables, keyFile: undefined, onProgress: () => undefined };
    const parts: Buffer[] = [];
    for await (const part of backupBytes(tx, options)) {
      if (parts.length === 0) await meanwhile();
      parts.push(part);
    }
    return Buffer.concat(parts);
  });
}

/** Pieces of odd sizes, as a disk or a network may give them. */
async function* pieces(archive: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0, size = 1; at < archive.length; at += size, size = (size * 3) % 4099) {
    yield await Promise.resolve(archive.subarray(at, at + size));
  }
}

async function inspect(
  archive: Buffer,
): Promise<{ readonly header: Header; readonly tables: Record<string, TableEnd> }> {
  let header: Header | undefined;
  const tables: Record<string, TableEnd> = {};
  await readArchive(pieces(archive), {
    header: (found) => {
      header = found;
    },
    tableEnd: ({ name }, end) => {
      tables[name] = end;
    },
  });
  if (!header) throw new Error('no header');
  return { header, tables };
}

async function bringBack(
  archive: Buffer,
  options: Partial<RestoreOptions> & { readonly header?: Header } = {},
): Promise<Restored> {
  const { header = (await inspect(archive)).header, ...more } = options;
  return await restore(to.dataSource, header, {
    read: () => pieces(archive),
    isComplete: false,
    onProgress: () => undefined,
    beforeCommit: () => Promise.resolve(),
    ...more,
  });
}

/** Rows with everything that text may hold, a closed order, an open one and one of a product. */
async function fill({ dataSource }: TestDatabase): Promise<void> {
  const odd = 'tab\t, line\nback\\slash, "quotes", null \\N, 中文, 😀';
  await affected(
    dataSource,
    `INSERT INTO audit_event (action, actor, detail) SELECT 'order.opened', $1,
       jsonb_build_object('text', $1::text, 'no', i) FROM generate_series(1, 3000) i`,
    [odd],
  );
  await affected(
    dataSource,
    `INSERT INTO product (product_key, name, secret_sealed, registration_mode, allow_plaintext)
     VALUES ('pk1', $1, '\\x00ff0a5c', 'off', false)`,
    [odd],
  );
  await affected(
    dataSource,
    `INSERT INTO production_order (product_id, state, kind, quantity, naming, provisioning,
       accept_volatile, order_key_sealed)
     SELECT 1, state, kind, quantity, '{}', 'product-secret', false, ''
     FROM (VALUES ('closed', 'mint', 1), ('open', 'mint', 2), ('minting', 'mint', 3),
       ('open', 'standing', 0)) AS o (state, kind, quantity)`,
  );
  await affected(
    dataSource,
    `INSERT INTO device (order_id, product_id, name)
     SELECT 2, 1, 'unit_' || i FROM generate_series(1, 5000) i`,
  );
}

describe('a restored database', () => {
  it('holds the same rows: a backup of it has the same digests', async () => {
    await fill(from);
    const archive = await backUp(from);
    const { tables } = await inspect(archive);
    expect(tables['device']?.rows).toBe(5000);
    expect(await bringBack(archive)).toMatchObject({ heldOrders: 2 });
    const again = (await inspect(await backUp(to))).tables;
    const changed = ['audit_event', 'production_order'];
    for (const [name, end] of Object.entries(tables)) {
      if (!changed.includes(name)) expect([name, again[name]]).toEqual([name, end]);
    }
    expect(again['audit_event']?.rows).toBe(3001);
  });

  it('keeps its history unchangeable and its references checked', async () => {
    await fill(from);
    await bringBack(await backUp(from));
    await expect(affected(to.dataSource, 'DELETE FROM audit_event')).rejects.toThrow('append-only');
    const stray = `INSERT INTO device (order_id, product_id, name) VALUES (99, 1, 'stray')`;
    await expect(affected(to.dataSource, stray)).rejects.toThrow('device_order_id_fkey');
  });

  it('holds the orders that could have given something out since, unless an admin knows better', async () => {
    await fill(from);
    const archive = await backUp(from);
    await bringBack(archive);
    const held = await rows<{ kind: string; state: string }>(
      to.dataSource,
      'SELECT kind, state FROM production_order WHERE held_at IS NOT NULL ORDER BY id',
    );
    expect(held).toEqual([
      { kind: 'mint', state: 'open' },
      { kind: 'mint', state: 'minting' },
    ]);
    await to.drop();
    to = await createTestDatabase({ isEmpty: true });
    expect(await bringBack(archive, { isComplete: true })).toMatchObject({ heldOrders: 0 });
  });

  it('never gives an id again that may have been given out after the backup', async () => {
    await fill(from);
    const archive = await backUp(from);
    await bringBack(archive);
    const ids = await rows<{ order: number; device: number; product: number }>(
      to.dataSource,
      `SELECT nextval('production_order_id_seq')::float8 AS order,
         nextval('device_id_seq')::float8 AS device, nextval('station_id_seq')::float8 AS product`,
    );
    expect(ids).toEqual([{ order: 100_005, device: 10_005_001, product: 100_001 }]);
  });
});

describe('a backup', () => {
  it('is one moment: what is committed while it is made is not in it', async () => {
    await fill(from);
    const archive = await backUp(from, async () => {
      await affected(from.dataSource, 'UPDATE product SET version = 2');
      await affected(from.dataSource, `UPDATE device SET state = 'void'`);
    });
    await bringBack(archive);
    const [found] = await rows(
      to.dataSource,
      `SELECT (SELECT version FROM product) AS version,
         (SELECT count(*)::integer FROM device WHERE state = 'free') AS free`,
    );
    expect(found).toEqual({ version: 1, free: 5000 });
  });

  it('of an older version is brought up to this one', async () => {
    const old = await createTestDatabase({ isEmpty: true });
    const dataSource = await createDataSource({
      url: old.url,
      entities,
      migrations: migrations.slice(0, 10),
      poolSize: 2,
      connectTimeoutMs: 10_000,
    });
    try {
      await migrate(dataSource);
      await bringBack(await backUp({ dataSource }));
      const done = await rows(to.dataSource, 'SELECT name FROM migration');
      expect(done).toHaveLength(migrations.length);
    } finally {
      await dataSource.destroy();
      await old.drop();
    }
  });
});

describe('a restore that fails', () => {
  it.each<[string, string, (archive: Buffer) => Promise<unknown>]>([
    [
      'at its very end',
      'no room',
      (archive) => bringBack(archive, { beforeCommit: () => Promise.reject(new Error('no room')) }),
    ],
    [
      'in the middle of a table',
      'cut off',
      async (archive) => {
        const { header } = await inspect(archive);
        return await bringBack(archive, { header, read: () => pieces(archive.subarray(0, -9000)) });
      },
    ],
    [
      'because the backup is of a newer version',
      'newer version',
      async (archive) => {
        const { header } = await inspect(archive);
        const names = [...header.migrations, 'Future1999999999999'];
        return await bringBack(archive, { header: { ...header, migrations: names } });
      },
    ],
  ])('leaves nothing behind: %s', async (_, message, work) => {
    await fill(from);
    const archive = await backUp(from);
    await expect(work(archive)).rejects.toThrow(message);
    expect(await isEmptyDatabase(to.dataSource.manager)).toBe(true);
  });

  it('touches no database that has anything in it', async () => {
    const archive = await backUp(from);
    await affected(to.dataSource, 'CREATE TABLE kept (id integer)');
    await expect(bringBack(archive)).rejects.toMatchObject({ code: 'restore.not_empty' });
    expect(await tableNames(to.dataSource.manager)).toEqual(['kept']);
  });
});
