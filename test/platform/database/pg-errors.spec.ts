import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/core/errors.js';
import {
  databaseError,
  isTransient,
  mapConstraint,
  sqlStateOf,
} from '../../../src/platform/database/pg-errors.js';
import { prepared, rows } from '../../../src/platform/database/query.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let db: DataSource;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 1 });
  db = database.dataSource;
  await rows(
    db,
    `CREATE TABLE box (
       id integer CONSTRAINT box_pkey PRIMARY KEY,
       size integer CONSTRAINT box_size_check CHECK (size > 0),
       inside integer CONSTRAINT box_inside_fkey REFERENCES box (id),
       label text NOT NULL DEFAULT ''
     )`,
  );
  await rows(db, 'INSERT INTO box VALUES (1, 1, NULL)');
});
afterAll(async () => {
  await database.drop();
});

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

const table = {
  box_pkey: (cause: Error) => new DomainError('request.invalid', 'taken', {}, { cause }),
  box_size_check: () => new DomainError('request.invalid', 'size'),
  box_inside_fkey: () => new DomainError('request.invalid', 'inside'),
};

describe('mapConstraint', () => {
  it.each([
    ['unique', 'INSERT INTO box VALUES (1, 1, NULL)', 'taken'],
    ['check', 'INSERT INTO box VALUES (2, 0, NULL)', 'size'],
    ['foreign key', 'INSERT INTO box VALUES (2, 1, 9)', 'inside'],
  ])('names the refusal of a broken %s', async (_kind, sql, detail) => {
    const error = await errorOf(rows(db, sql));
    expect(mapConstraint(error, table)).toMatchObject({ code: 'request.invalid', detail });
  });

  it('reads errors of prepared statements too', async () => {
    const text = 'INSERT INTO box VALUES (1, 1, NULL)';
    const error = await errorOf(prepared(db, { name: 'again', text }));
    expect(mapConstraint(error, table)).toMatchObject({ detail: 'taken', cause: error });
  });

  it('answers every other error as it came', async () => {
    const unnamed = await errorOf(rows(db, 'INSERT INTO box VALUES (1, 1, NULL)'));
    expect(mapConstraint(unnamed, {})).toBe(unnamed);
    const other = await errorOf(rows(db, 'SELECT 1 / 0'));
    expect(mapConstraint(other, table)).toBe(other);
    const plain = new Error('plain');
    expect(mapConstraint(plain, { toString: () => new DomainError('internal', '') })).toBe(plain);
  });
});

describe('databaseError', () => {
  it('knows a lost connection, whatever lost it', async () => {
    const error = await errorOf(rows(db, 'SELECT pg_terminate_backend(pg_backend_pid())'));
    expect(error).toMatchObject({ code: 'database.away' });
    for (const state of ['08006', '57P01', '57P03', '53300']) {
      expect(databaseError({ code: state, severity: 'FATAL' })).toMatchObject({
        code: 'database.away',
      });
    }
  });

  it('leaves everything else alone', async () => {
    const division = await errorOf(rows(db, 'SELECT 1 / 0'));
    const loop: unknown[] = [];
    loop.push({ loop });
    const unsendable = await errorOf(rows(db, 'SELECT $1::jsonb', [{ loop }]));
    for (const error of [division, unsendable, new TypeError('x'), new Error('x'), 'x', null]) {
      expect(databaseError(error)).toBeUndefined();
    }
  });
});

describe('the SQLSTATE', () => {
  it('is read through the wrapper of TypeORM and tells what may be tried again', async () => {
    const error = await errorOf(rows(db, `DO $$ BEGIN RAISE 'x' USING ERRCODE = '40P01'; END $$`));
    expect(sqlStateOf(error)).toBe('40P01');
    expect(isTransient(error)).toBe(true);
    expect(isTransient({ code: '40001' })).toBe(true);
    expect(isTransient({ code: '23505' })).toBe(false);
    expect(sqlStateOf({ code: 'ECONNREFUSED' })).toBeUndefined();
  });
});
