import { afterAll, beforeAll, afterEach, describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Secret } from '../../../src/core/secret.js';
import { createDataSource } from '../../../src/platform/database/data-source.js';
import type { DataSourceSettings } from '../../../src/platform/database/data-source.js';
import { borrowRunner, rows } from '../../../src/platform/database/query.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { Relay } from './relay.js';

let database: TestDatabase;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await database.drop();
});

async function open(url: Secret, more: Partial<DataSourceSettings> = {}): Promise<DataSource> {
  const source = await createDataSource({
    url,
    entities: [],
    migrations: [],
    poolSize: 3,
    ...more,
  });
  closers.push(() => source.destroy());
  return source;
}

async function openRelay(): Promise<Relay> {
  const relay = await Relay.open(database.url);
  closers.push(() => relay.close());
  return relay;
}

async function elapsedMs(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

const away = { code: 'database.away' };

describe('createDataSource', () => {
  it('names itself to the server and keeps to its pool', async () => {
    const source = await open(database.url, { poolSize: 2, connectTimeoutMs: 5_000 });
    const name = `SELECT current_setting('application_name') AS name`;
    expect(await rows(source, name)).toEqual([{ name: 'triplemint' }]);
    const pids = await Promise.all(
      Array.from({ length: 8 }, () =>
        rows<{ pid: number }>(source, 'SELECT pg_backend_pid() AS pid, pg_sleep(0.01)'),
      ),
    );
    expect(new Set(pids.flat().map(({ pid }) => pid)).size).toBeLessThanOrEqual(2);
  });

  it('answers database.away at once when nobody listens', async () => {
    const relay = await Relay.open(database.url);
    await relay.close();
    await expect(open(relay.url)).rejects.toMatchObject(away);
  });

  it('answers database.away in about a second when the server hangs', async () => {
    const relay = await openRelay();
    relay.hang();
    const tookMs = await elapsedMs(expect(open(relay.url)).rejects.toMatchObject(away));
    expect(tookMs).toBeLessThan(3_000);
  });

  it('shows no password in an error', async () => {
    const url = new URL(database.url.expose());
    const relay = await openRelay();
    relay.hang();
    const error = await open(relay.url).catch((reason: unknown) => reason as Error);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(url.password);
  });
});

describe('a pool whose server goes away', () => {
  it('answers database.away in about a second for statements and transactions', async () => {
    const relay = await openRelay();
    const source = await open(relay.url);
    expect(await rows(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    relay.hang();
    const tookMs = await elapsedMs(
      Promise.all([
        expect(rows(source, 'SELECT 1')).rejects.toMatchObject(away),
        expect(inTransaction(source, () => Promise.resolve())).rejects.toMatchObject(away),
      ]),
    );
    expect(tookMs).toBeLessThan(3_000);
  });

  it('works again by itself when all connections were cut, idle ones included', async () => {
    const relay = await openRelay();
    const lost: Error[] = [];
    const source = await open(relay.url, {
      connectTimeoutMs: 5_000,
      onConnectionLost: (error) => lost.push(error),
    });
    await Promise.all([1, 2, 3].map(() => rows(source, 'SELECT pg_sleep(0.02)')));
    relay.cut();
    await expect.poll(() => lost.length).toBe(3);
    expect(await rows(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('survives the end of a connection that is checked out and idle', async () => {
    const source = await open(database.url, { connectTimeoutMs: 5_000 });
    const runner = await borrowRunner(source);
    const [own] = (await runner.query('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
    await rows(source, 'SELECT pg_terminate_backend($1, 5000)', [own?.pid]);
    await expect.poll(() => runner.isReleased).toBe(true);
    await expect(rows(runner.manager, 'SELECT 1')).rejects.toMatchObject(away);
    expect(await rows(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('survives the end of a raw client of the pool that nobody listens to', async () => {
    const source = await open(database.url, { connectTimeoutMs: 5_000 });
    const pool = (source.driver as unknown as { master: Pool }).master;
    const client = await pool.connect();
    const { rows: own } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await rows(source, 'SELECT pg_terminate_backend($1, 5000)', [own[0]?.pid]);
    await ended;
    client.release();
    expect(await rows(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('answers database.away when every connection stays taken', async () => {
    const source = await open(database.url, { poolSize: 1, connectTimeoutMs: 200 });
    const runner = await borrowRunner(source);
    await expect(rows(source, 'SELECT 1')).rejects.toMatchObject(away);
    await runner.release();
    expect(await rows(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
