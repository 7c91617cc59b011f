import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { entities } from '../../src/entities.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { migrations } from '../../src/platform/database/migrations.js';

/** A database of its own for one test file, with the whole schema and no rows. */
export interface TestDatabase {
  readonly url: Secret;
  readonly dataSource: DataSource;
  /** Closes the data source and drops the database, connections of others included. */
  drop(): Promise<void>;
}

/**
 * Clones the migrated template; call it in `beforeAll` and `drop()` in `afterAll`.
 *
 * Shape: `isEmpty` gives a database without any table instead, for tests of migrations.
 * Units: about 50 ms; `poolSize` connections, 10 if left out.
 */
export async function createTestDatabase(
  options: { readonly poolSize?: number; readonly isEmpty?: boolean } = {},
): Promise<TestDatabase> {
  const { url: server, template } = inject('testServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const from = options.isEmpty === true ? 'template1' : template;
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  const url = new Secret(address.href);
  const dataSource = await createDataSource({
    url,
    entities,
    migrations,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMs: 10_000, // a busy test machine is no dead database
  });
  return {
    url,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await runOnServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Takes a database away: every connection is cut and no new one is let in. */
export async function takeAway(database: TestDatabase): Promise<void> {
  await letIn(database, false);
  await cutConnections(database);
}

/** Gives a database back that was taken away. */
export async function giveBack(database: TestDatabase): Promise<void> {
  await letIn(database, true);
}

/** Cuts every connection of a database; new ones are let in. */
export async function cutConnections({ url }: TestDatabase): Promise<void> {
  await runOnServer('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    nameOf(url),
  ]);
}

async function letIn({ url }: TestDatabase, isOpen: boolean): Promise<void> {
  await runOnServer(`ALTER DATABASE ${nameOf(url)} ALLOW_CONNECTIONS ${isOpen}`);
}

function nameOf(url: Secret): string {
  return new URL(url.expose()).pathname.slice(1);
}

/** Runs a statement on the test server, outside the test database. */
export async function runOnServer(sql: string, params: readonly unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: inject('testServer').url });
  await client.connect();
  try {
    await client.query(sql, [...params]);
  } finally {
    await client.end();
  }
}
