import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.js';
import { createDataSource } from '../../../../src/platform/database/data-source.js';
import { affected, rows } from '../../../../src/platform/database/query.js';
import { Bench } from './keepers.js';

let bench: Bench;
const sources: DataSource[] = [];

/** Gives tests that kill nothing one data directory whose cluster is made; initdb takes a second. */
function onOneCluster(): void {
  beforeAll(async () => {
    bench = await Bench.open();
    await bench.start();
    await bench.rest();
  });
  afterEach(async () => {
    await disconnect();
    await bench.rest();
  });
  afterAll(async () => {
    await bench.close();
  });
}

/** Gives every test of a block a data directory that is not there yet. */
function onFreshFolders(): void {
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(async () => {
    await disconnect();
    await bench.close();
  });
}

async function disconnect(): Promise<void> {
  for (const source of sources.splice(0)) await source.destroy();
}

async function connect(url: Secret): Promise<DataSource> {
  const settings = { url, entities: [], migrations: [], poolSize: 3, connectTimeoutMs: 5_000 };
  const source = await createDataSource(settings);
  sources.push(source);
  return source;
}

const isRoot = process.getuid?.() === 0;

// Whole servers start and die here; on a busy machine that takes its time.
describe('startEmbeddedPostgres on a fresh folder', { timeout: 60_000 }, () => {
  onFreshFolders();

  it('lets four processes that start at once on a fresh folder meet on one server', async () => {
    const keepers = await Promise.all(Array.from({ length: 4 }, () => bench.spawn()));
    expect(new Set(keepers.map(({ url }) => url)).size).toBe(1);
    expect(await readdir(bench.dataDir)).toEqual(['postgres', 'postgres.password']);

    const pid = await bench.postmasterPid();
    const db = await connect(new Secret(keepers[0]?.url ?? ''));
    for (const keeper of keepers.slice(0, 3)) {
      expect(await keeper.terminate()).toBe(0);
      // The others go on with the same server.
      expect(await bench.postmasterPid()).toBe(pid);
      expect(await rows(db, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
    await db.destroy();
    sources.pop();
    expect(await keepers[3]?.terminate()).toBe(0);
    await bench.whenNoProcessIsLeft();
  });

  it.runIf(isRoot)(
    'puts the cluster elsewhere when its account cannot reach the folder',
    async () => {
      await mkdir(bench.dataDir, { recursive: true });
      await bench.chmodRoot(0o700);
      const keeper = await bench.start();
      expect(await bench.clusterPath()).toMatch(/^\/var\/lib\/triplemint\/[0-9a-f]{16}\/postgres$/);
      expect(await rows(await connect(keeper.url), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      // Once there it stays there, even if the folder becomes reachable.
      await sources.pop()?.destroy();
      await keeper.stop();
      await bench.chmodRoot(0o711);
      await bench.start();
      expect(await readdir(bench.dataDir)).toEqual(['postgres.location', 'postgres.password']);
    },
  );

  it('brings the server back on the same port when it is killed', async () => {
    const keeper = await bench.start();
    const url = keeper.url.expose();
    const db = await connect(keeper.url);
    await rows(db, 'CREATE TABLE kept (id integer)');
    await affected(db, 'INSERT INTO kept VALUES (1)');
    const pid = await bench.postmasterPid();
    process.kill(pid, 'SIGKILL');
    await bench.whenLogged('database.back');
    expect(await bench.postmasterPid()).not.toBe(pid);
    expect(keeper.url.expose()).toBe(url);
    expect(await rows(db, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  it('leaves no process behind when it is stopped while the server is being started again', async () => {
    const keeper = await bench.start();
    process.kill(await bench.postmasterPid(), 'SIGKILL');
    await bench.whenLogged('database.lost');
    await keeper.stop();
    await bench.whenNoProcessIsLeft();
  });

  it('adopts the server of a process that was killed, and stops it in the end', async () => {
    const owner = await bench.spawn();
    const pid = await bench.postmasterPid();
    await owner.kill();
    const keeper = await bench.start();
    expect(bench.events).toEqual(['database.adopted']);
    expect(await bench.postmasterPid()).toBe(pid);
    await keeper.stop();
    await bench.whenNoProcessIsLeft();
  });

  it('finds what was committed after the server and its owner were both killed', async () => {
    const owner = await bench.spawn();
    const db = await connect(new Secret(owner.url));
    await rows(db, 'CREATE TABLE found (id integer)');
    await affected(db, 'INSERT INTO found VALUES (7)');
    process.kill(await bench.postmasterPid(), 'SIGKILL');
    await owner.kill();
    const keeper = await bench.start();
    expect(await rows(await connect(keeper.url), 'SELECT id FROM found')).toEqual([{ id: 7 }]);
  });
});

describe('startEmbeddedPostgres', { timeout: 60_000 }, () => {
  onOneCluster();

  it('lets those that stop at the same moment leave no process behind', async () => {
    const keepers = await Promise.all([bench.start(), bench.start(), bench.start()]);
    await Promise.all(keepers.map((keeper) => keeper.stop()));
    await bench.whenNoProcessIsLeft();
    expect(bench.events.filter((event) => event === 'database.stopped')).toHaveLength(1);
  });

  it('is not stopped by a pid file that names a living process of somebody else', async () => {
    const cluster = await bench.clusterPath();
    const { uid, gid } = await stat(cluster);
    const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {});
    try {
      const lines = [stranger.pid, cluster, 1, 1, '', '127.0.0.1', '0 0', 'ready'];
      await writeFile(join(cluster, 'postmaster.pid'), `${lines.join('\n')}\n`);
      await bench.start();
      expect(await bench.postmasterPid()).not.toBe(stranger.pid);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('says so at once when the password file does not belong to the cluster', async () => {
    const path = join(bench.dataDir, 'postgres.password');
    const password = await readFile(path, 'utf8');
    await writeFile(path, 'a-password-of-another-cluster');
    try {
      const startedAt = performance.now();
      await expect(bench.start()).rejects.toMatchObject({
        code: 'database.embedded_failed',
        detail: expect.stringContaining('password file') as string,
      });
      expect(performance.now() - startedAt).toBeLessThan(8_000); // patience would take ten seconds
      expect(await bench.processes()).toEqual([]);
    } finally {
      await writeFile(path, password);
    }
  });

  it('listens on the loopback only, asks for the password and writes commits through', async () => {
    const keeper = await bench.start({ fsync: 'on' });
    const [settings] = await rows(
      await connect(keeper.url),
      `SELECT current_setting('listen_addresses') AS listen,
              current_setting('unix_socket_directories') AS sockets,
              current_setting('synchronous_commit') AS commit,
              current_setting('fsync') AS fsync,
              current_setting('TimeZone') AS zone`,
    );
    expect(settings).toEqual({
      listen: '127.0.0.1',
      sockets: '',
      commit: 'on',
      fsync: 'on',
      zone: 'UTC',
    });
    expect((await stat(join(bench.dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
    const url = new URL(keeper.url.expose());
    url.password = 'wrong';
    const client = new Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('writes no value of any statement to a log of the server', async () => {
    const keeper = await bench.start();
    const db = await connect(keeper.url);
    const secret = 'b7ff-a-device-secret-9c1e';
    await rows(db, 'CREATE TABLE held (value text CONSTRAINT held_value_key UNIQUE)');
    await rows(db, 'INSERT INTO held VALUES ($1)', [secret]);
    await expect(rows(db, 'INSERT INTO held VALUES ($1)', [secret])).rejects.toThrow();
    await expect(rows(db, 'SELECT $1::text::integer', [secret])).rejects.toThrow();
    await expect(rows(db, `SELECT '${secret}'::integer`)).rejects.toThrow();
    await expect(
      rows(db, `DO $$ BEGIN RAISE LOG 'seen'; RAISE '${secret}'; END $$`),
    ).rejects.toThrow();
    await keeper.stop();
    const cluster = await bench.clusterPath();
    let text = await readFile(join(cluster, 'startup.log'), 'utf8');
    for (const name of await readdir(join(cluster, 'log'))) {
      text += await readFile(join(cluster, 'log', name), 'utf8');
    }
    expect(text).toContain('seen'); // the log is where we look for it
    expect(text).not.toContain(secret);
  });
});
