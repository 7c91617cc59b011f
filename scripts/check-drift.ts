import 'reflect-metadata';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { entities } from '../src/entities.js';
import { createDataSource } from '../src/platform/database/data-source.js';
import { startEmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { removeEmbeddedPostgres } from '../src/platform/database/embedded/place.js';
import { migrate } from '../src/platform/database/migrate.js';
import { migrations } from '../src/platform/database/migrations.js';
import { diffLines } from './line-diff.js';
import { dumpSchema } from './schema-dump.js';

const reviewedPath = join(import.meta.dirname, '..', 'test', 'schema.sql');

/**
 * Proves that migrations, entities and the reviewed schema say the same, and that every migration can
 * be taken back. `--write` renews the reviewed schema from the migrations.
 */
async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'triplemint-drift-'));
  await chmod(dataDir, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    settings: { fsync: 'off' },
  });
  try {
    const dataSource = await createDataSource({
      url: postgres.url,
      entities,
      migrations,
      poolSize: 2,
      connectTimeoutMs: 10_000,
    });
    const problems = await check(dataSource).finally(() => dataSource.destroy());
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
    else console.log(`${migrations.length} migrations, entities and test/schema.sql agree.`);
  } finally {
    await postgres.stop();
    await removeEmbeddedPostgres(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function check(dataSource: DataSource): Promise<string[]> {
  await migrate(dataSource);
  const dump = await dumpSchema(dataSource);
  if (process.argv.includes('--write')) await writeFile(reviewedPath, dump);
  const problems = [...(await entityDrift(dataSource)), ...(await schemaDrift(dump))];
  for (let count = 0; count < migrations.length; count += 1) {
    await dataSource.undoLastMigration({ transaction: 'all' });
  }
  const left = await dumpSchema(dataSource);
  if (left !== '') problems.push('After all migrations were taken back, this is left:', left);
  else await migrate(dataSource);
  const again = await dumpSchema(dataSource);
  if (left === '' && again !== dump) {
    problems.push('Up, down and up again gives another schema:', ...diffLines(dump, again));
  }
  return problems;
}

async function entityDrift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) return [];
  return [
    'The entities differ from the migrations; TypeORM would run:',
    ...upQueries.map(({ query }) => `  ${query}`),
  ];
}

async function schemaDrift(dump: string): Promise<string[]> {
  const reviewed = await readFile(reviewedPath, 'utf8').catch(() => '');
  if (reviewed === dump) return [];
  return [
    'The migrations give another schema than test/schema.sql (- reviewed, + now).',
    'Renew it with `npm run check:drift -- --write` and review the difference:',
    ...diffLines(reviewed, dump),
  ];
}

await main();
