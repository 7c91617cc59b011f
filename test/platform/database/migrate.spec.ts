import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entities } from '../../../src/entities.js';
import { createDataSource } from '../../../src/platform/database/data-source.js';
import type { ClassOf } from '../../../src/platform/database/data-source.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { migrations } from '../../../src/platform/database/migrations.js';
import { rows } from '../../../src/platform/database/query.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

class Extra1999999999999 implements MigrationInterface {
  name = 'Extra1999999999999';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE extra (id integer)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE extra');
  }
}

class Broken1999999999999 implements MigrationInterface {
  name = 'Broken1999999999999';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_done (id integer)');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {
    // never reached: it never went up
  }
}

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ isEmpty: true });
});
afterEach(async () => {
  await database.drop();
});

async function withCode<T>(
  list: readonly ClassOf<MigrationInterface>[],
  work: (migrateNow: () => Promise<string[]>) => Promise<T>,
): Promise<T> {
  const dataSource = await createDataSource({
    url: database.url,
    entities,
    migrations: list,
    poolSize: 1,
    connectTimeoutMs: 10_000,
  });
  try {
    return await work(() => migrate(dataSource));
  } finally {
    await dataSource.destroy();
  }
}

async function tables(): Promise<string[]> {
  const found = await rows<{ name: string }>(
    database.dataSource,
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  return found.map(({ name }) => name);
}

describe('migrate', () => {
  it('brings an empty database up, and a second time changes nothing', async () => {
    await withCode(migrations, async (migrateNow) => {
      expect(await migrateNow()).toHaveLength(migrations.length);
      expect(await tables()).toContain('master_key');
      expect(await migrateNow()).toEqual([]);
    });
  });

  it('runs every migration once when four starts come at the same moment', async () => {
    const ran = await Promise.all(
      Array.from({ length: 4 }, () => withCode(migrations, (migrateNow) => migrateNow())),
    );
    expect(ran.flat()).toHaveLength(migrations.length);
    const [counted] = await rows(database.dataSource, 'SELECT count(*)::int AS n FROM migration');
    expect(counted).toEqual({ n: migrations.length });
  });

  it('refuses a database that a newer version has migrated, and changes nothing', async () => {
    await withCode([...migrations, Extra1999999999999], (migrateNow) => migrateNow());
    const before = await tables();
    await withCode(migrations, async (migrateNow) => {
      await expect(migrateNow()).rejects.toMatchObject({
        code: 'database.newer',
        data: { migrations: ['Extra1999999999999'] },
      });
    });
    expect(await tables()).toEqual(before);
  });

  it('leaves nothing of a migration that fails halfway, nor of those before it', async () => {
    await withCode([...migrations, Broken1999999999999], async (migrateNow) => {
      await expect(migrateNow()).rejects.toThrow();
    });
    expect(await tables()).toEqual([]);
    await withCode(migrations, async (migrateNow) => {
      expect(await migrateNow()).toHaveLength(migrations.length);
    });
  });
});
