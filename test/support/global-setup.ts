import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import 'reflect-metadata';
import { Secret } from '../../src/core/secret.js';
import { entities } from '../../src/entities.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { readPidFile } from '../../src/platform/database/embedded/pid-file.js';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { migrations } from '../../src/platform/database/migrations.js';
import { loadEnv } from '../../src/platform/env.js';
import { loadTlsMaterial } from '../../src/platform/tls/material.js';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * The server of this run, the migrated database that every test database is cloned from, and
     * a folder with TLS material for data directories.
     */
    testServer: { readonly url: string; readonly template: string; readonly tls: string };
  }
}

const folderPrefix = 'triplemint-test-';
/** Holds the pid of the run a server belongs to. */
const ownerName = 'owner';

interface TestServer {
  readonly url: Secret;
  stop(): Promise<void>;
}

/** Starts one PostgreSQL for the whole run and migrates the template of all test databases. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await sweep();
  const folder = await makeFolder();
  const server = await openServer(folder);
  const template = `template_${process.pid}_${Date.now().toString(36)}`;
  const tls = join(folder, 'tls');
  const cleanUp = async (): Promise<void> => {
    await server.stop();
    await removeServer(folder);
  };
  try {
    await makeTemplate(server.url, template);
    await loadTlsMaterial({ folder: tls, names: loadEnv({}).tlsNames, now: new Date() });
  } catch (error) {
    await cleanUp();
    throw error;
  }
  project.provide('testServer', { url: server.url.expose(), template, tls });
  return async () => {
    await runSql(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`).catch(
      () => undefined,
    );
    await cleanUp();
  };
}

/** The folder of this run, which names its owner. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  await chmod(folder, 0o711); // as root, PostgreSQL runs as another user and must get in
  await writeFile(join(folder, ownerName), String(process.pid));
  return folder;
}

/** The server TEST_DATABASE_URL names (its role may make databases), else an embedded one. */
async function openServer(dataDir: string): Promise<TestServer> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return { url: new Secret(given), stop: () => Promise.resolve() };
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    // What a test writes need not survive the power cut.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  return { url: postgres.url, stop: () => postgres.stop() };
}

/** Stops and deletes the servers of earlier runs that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const dataDir = join(tmpdir(), name);
    const owner = await readFile(join(dataDir, ownerName), 'utf8').catch(() => undefined);
    if (owner === undefined || isRunning(Number(owner))) continue;
    if (await readPidFile(join(dataDir, 'postgres'))) {
      const adopted = await startEmbeddedPostgres({ dataDir, log: () => undefined });
      await adopted.stop();
    }
    await removeServer(dataDir);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function removeServer(dataDir: string): Promise<void> {
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
}

async function makeTemplate(server: Secret, template: string): Promise<void> {
  await runSql(server, `CREATE DATABASE ${template}`);
  const url = new URL(server.expose());
  url.pathname = `/${template}`;
  const dataSource = await createDataSource({
    url: new Secret(url.href),
    entities,
    migrations,
    poolSize: 2,
    connectTimeoutMs: 10_000,
  });
  try {
    await migrate(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function runSql(server: Secret, sql: string): Promise<void> {
  const client = new Client({ connectionString: server.expose() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
