import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { QueryResultRow } from 'pg';
import { startEmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { removeEmbeddedPostgres } from '../src/platform/database/embedded/place.js';
import type { Cleanup } from './cleanup.js';

/** A database of its own on the server that floors and service share. */
export interface BenchDatabase {
  /** Shape: `postgres://…`, with the password. */
  readonly url: string;
  query<R extends QueryResultRow>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  drop(): Promise<void>;
}

/** The embedded PostgreSQL, as the service runs it. */
export interface BenchServer {
  /** A folder for the files of services. */
  readonly folder: string;
  readonly version: string;
  createDatabase(name: string): Promise<BenchDatabase>;
}

/** Makes a folder that PostgreSQL, as another user, can pass; it goes at the end. */
export async function makeFolder(cleanup: Cleanup): Promise<string> {
  cleanup.assertOpen();
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-bench-'));
  cleanup.add(async () => {
    await removeEmbeddedPostgres(folder);
    await rm(folder, { recursive: true, force: true });
  });
  await chmod(folder, 0o711);
  return folder;
}

/** Starts the embedded server in a folder of its own. Errors: a server that is not durable. */
export async function startServer(cleanup: Cleanup): Promise<BenchServer> {
  const dataDir = await makeFolder(cleanup);
  const starting = startEmbeddedPostgres({ dataDir, log: () => undefined });
  cleanup.add(async () => {
    await (await starting).stop();
  });
  const postgres = await starting;
  const url = postgres.url.expose();
  const admin = await connect(url, cleanup);
  const setting = async (name: string): Promise<string> => {
    const { rows } = await admin.query<{ value: string }>('SELECT current_setting($1) AS value', [
      name,
    ]);
    return rows[0]?.value ?? '';
  };
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    if ((await setting(name)) !== 'on') throw new Error(`${name} is not on`);
  }
  const folder = join(dataDir, 'service');
  await mkdir(folder);
  const version = await setting('server_version');
  return {
    folder,
    version,
    createDatabase: async (name) => {
      await admin.query(`CREATE DATABASE ${name}`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      const client = await connect(own.href, cleanup);
      return {
        url: own.href,
        query: async <R extends QueryResultRow>(sql: string, params: readonly unknown[] = []) =>
          (await client.query<R>(sql, [...params])).rows,
        drop: async () => {
          await client.end();
          await admin.query(`DROP DATABASE ${name}`);
        },
      };
    },
  };
}

async function connect(connectionString: string, cleanup: Cleanup): Promise<Client> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  cleanup.add(() => client.end());
  return client;
}
