import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { affected, prepared, rows } from '../../../src/platform/database/query.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { MasterKeyEntity } from '../../../src/platform/keys/master-key.entity.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let db: DataSource;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 2 });
  db = database.dataSource;
  await rows(db, 'CREATE TABLE thing (id integer PRIMARY KEY, name text)');
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  await rows(db, 'TRUNCATE thing');
  await rows(db, `INSERT INTO thing VALUES (1, 'one'), (2, 'two')`);
});

describe('rows', () => {
  it.each([
    ['SELECT', 'SELECT id FROM thing WHERE id = $1'],
    [
      'INSERT',
      `INSERT INTO thing SELECT id + 10, name FROM thing WHERE id = $1 RETURNING id - 10 AS id`,
    ],
    ['UPDATE', `UPDATE thing SET name = 'x' WHERE id = $1 RETURNING id`],
    ['DELETE', 'DELETE FROM thing WHERE id = $1 RETURNING id'],
    ['WITH', `WITH u AS (UPDATE thing SET name = 'x' WHERE id = $1 RETURNING id) SELECT id FROM u`],
  ])('answers the rows of %s in one shape', async (_kind, sql) => {
    expect(await rows(db, sql, [1])).toEqual([{ id: 1 }]);
    expect(await rows(db, sql, [99])).toEqual([]);
    expect(await inTransaction(db, (tx) => rows(tx, sql, [2]))).toEqual([{ id: 2 }]);
  });

  it('runs on the connection of the transaction it is given', async () => {
    await inTransaction(db, async (tx) => {
      const pids = await Promise.all(
        [tx, tx].map((on) => rows<{ pid: number }>(on, 'SELECT pg_backend_pid() AS pid')),
      );
      expect(pids[0]).toEqual(pids[1]);
      const [elsewhere] = await rows<{ pid: number }>(db, 'SELECT pg_backend_pid() AS pid');
      expect(elsewhere?.pid).not.toBe(pids[0]?.[0]?.pid);
    });
  });

  it('gives its connection back, also after an error', async () => {
    for (let count = 0; count < 5; count += 1) {
      await expect(rows(db, 'SELECT 1 / 0')).rejects.toMatchObject({
        driverError: { code: '22012' },
      });
      await expect(rows(db.manager, 'SELECT 1 / 0')).rejects.toThrow();
    }
    expect(await rows(db.manager, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('affected', () => {
  it('counts what a statement touched', async () => {
    expect(await affected(db, 'UPDATE thing SET name = $1', ['x'])).toBe(2);
    expect(await affected(db, 'DELETE FROM thing WHERE id = $1', [1])).toBe(1);
    expect(await affected(db, 'DELETE FROM thing WHERE id = $1', [1])).toBe(0);
    expect(await affected(db, `INSERT INTO thing VALUES (3, 'c'), (4, 'd')`)).toBe(2);
  });
});

describe('prepared', () => {
  const statement = { name: 'thing-by-id', text: 'SELECT name FROM thing WHERE id = $1' };

  it('answers rows and keeps the statement on the connection', async () => {
    await inTransaction(db, async (tx) => {
      expect(await prepared(tx, statement, [1])).toEqual([{ name: 'one' }]);
      expect(await prepared(tx, statement, [2])).toEqual([{ name: 'two' }]);
      const kept = await rows(tx, 'SELECT name FROM pg_prepared_statements WHERE name = $1', [
        statement.name,
      ]);
      expect(kept).toHaveLength(1);
    });
    expect(await prepared(db, statement, [2])).toEqual([{ name: 'two' }]);
  });

  it('keeps the SQLSTATE of an error', async () => {
    const broken = { name: 'broken', text: 'SELECT 1 / $1::integer AS x' };
    await expect(prepared(db, broken, [0])).rejects.toMatchObject({ code: '22012' });
    expect(await prepared(db, broken, [1])).toEqual([{ x: 1 }]);
  });

  it('answers database.away when its connection is cut', async () => {
    const suicide = { name: 'suicide', text: 'SELECT pg_terminate_backend(pg_backend_pid())' };
    await expect(prepared(db, suicide)).rejects.toMatchObject({ code: 'database.away' });
    expect(await prepared(db, statement, [1])).toEqual([{ name: 'one' }]);
  });
});

describe('an undefined value in a condition', () => {
  it('is refused instead of meaning every row', async () => {
    const nothing = { kid: undefined as unknown as string };
    await inTransaction(db, async (tx) => {
      await expect(tx.update(MasterKeyEntity, nothing, { retiredAt: new Date() })).rejects.toThrow(
        'undefined',
      );
      await expect(tx.delete(MasterKeyEntity, nothing)).rejects.toThrow('undefined');
      await expect(tx.find(MasterKeyEntity, { where: nothing })).rejects.toThrow('undefined');
    });
  });
});
