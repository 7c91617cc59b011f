import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { Database } from '../../../src/platform/database/database.js';
import { rows } from '../../../src/platform/database/query.js';
import { createLogger } from '../../../src/platform/logger.js';
import { Signals } from '../../../src/platform/signals/signals.js';
import { Relay } from '../database/relay.js';
import { createTestDatabase, runOnServer } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

let test: TestDatabase;
let database: Database;
let name: string;
let logged: string;
const opened: Signals[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
  database = new Database(test.dataSource);
  name = new URL(test.url.expose()).pathname.slice(1);
});
beforeEach(() => {
  logged = '';
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((signals) => signals.onApplicationShutdown()));
});
afterAll(async () => {
  await test.drop();
});

/** The signals of one process, and all that it was told. */
async function listen(
  beatEveryMs?: number,
  url = test.url,
): Promise<{ readonly signals: Signals; readonly told: unknown[] }> {
  const log = createLogger('warn', { write: (line: string) => (logged += line) });
  const signals = new Signals(url, log);
  opened.push(signals);
  const told: unknown[] = [];
  signals.on('product', (key) => void told.push(key));
  await signals.start(beatEveryMs);
  return { signals, told };
}

async function listeners(): Promise<number> {
  const found = await rows(
    test.dataSource,
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'triplemint signals'`,
  );
  return found.length;
}

/** When a connection that listens last sent a signal to itself. */
async function lastBeat(): Promise<string | undefined> {
  const [found] = await rows<{ at: string }>(
    test.dataSource,
    `SELECT query_start::text AS at FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'triplemint signals'
       AND query LIKE 'NOTIFY%'`,
  );
  return found?.at;
}

async function cut(): Promise<void> {
  await runOnServer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND application_name = 'triplemint signals'`,
    [name],
  );
}

describe('a signal', () => {
  it('reaches every process, also the one that sent it', async () => {
    const [one, other] = [await listen(), await listen()];
    await database.inTransaction((tx) => one.signals.send(tx, 'product', 'a1Product00'));
    await expect.poll(() => other.told).toEqual(['a1Product00']);
    await expect.poll(() => one.told).toEqual(['a1Product00']);
  });

  it('goes out with the commit: nothing of a transaction that is rolled back', async () => {
    const { signals, told } = await listen();
    const failed = database.inTransaction(async (tx) => {
      await signals.send(tx, 'product', 'never');
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await database.inTransaction((tx) => signals.send(tx, 'product', 'after'));
    await expect.poll(() => told).toEqual(['after']);
  });

  it('that nobody of us sent is passed over', async () => {
    const { signals, told } = await listen();
    for (const payload of ['', 'unheard of', 'product']) {
      await rows(test.dataSource, 'SELECT pg_notify($1, $2)', ['triplemint', payload]);
    }
    await database.inTransaction((tx) => signals.send(tx, 'product', 'with blanks in it'));
    await expect.poll(() => told.at(-1)).toBe('with blanks in it');
  });

  it('reaches the other handlers when one fails', async () => {
    const { signals, told } = await listen();
    signals.on('product', () => Promise.reject(new Error('a bad handler')));
    signals.on('product', (key) => void told.push(`${key ?? 'anything'} again`));
    await database.inTransaction((tx) => signals.send(tx, 'product', 'pk'));
    await expect.poll(() => told).toEqual(['pk', 'pk again']);
    expect(logged).toContain('signals.handler_failed');
  });
});

describe('a connection that hears itself', () => {
  it('tells nobody anything, however long it is quiet', async () => {
    const { signals, told } = await listen(50);
    for (let beats = 0; beats < 5; beats += 1) {
      const before = await lastBeat();
      await expect.poll(lastBeat, { timeout: 5000 }).not.toBe(before);
    }
    await database.inTransaction((tx) => signals.send(tx, 'product', 'at last'));
    await expect.poll(() => told).toEqual(['at last']);
    expect(logged).toBe('');
  });

  it('says that anything may have changed as soon as it hears itself no more', async () => {
    const relay = await Relay.open(test.url);
    onTestFinished(() => relay.close());
    const { told } = await listen(50, relay.url);
    relay.silence();
    await expect.poll(() => told, { timeout: 5000 }).toContain(undefined);
    expect(logged).toContain('signals.not_heard');
  });
});

describe('a connection that is lost', () => {
  it('comes back, and everything may have changed meanwhile', async () => {
    const { signals, told } = await listen();
    await cut();
    await expect.poll(() => told, { timeout: 5000 }).toEqual([undefined]);
    await database.inTransaction((tx) => signals.send(tx, 'product', 'after'));
    await expect.poll(() => told).toEqual([undefined, 'after']);
  });

  it('comes back as one, however long the database was away', async () => {
    const { signals, told } = await listen();
    await runOnServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await cut();
    const failures = (): number => logged.split('signals.reconnect_failed').length - 1;
    await expect.poll(failures, { timeout: 10_000 }).toBe(3);
    await runOnServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await expect.poll(() => told, { timeout: 5000 }).toEqual([undefined]);
    await database.inTransaction((tx) => signals.send(tx, 'product', 'once'));
    await expect.poll(() => told).toEqual([undefined, 'once']);
    expect(await listeners()).toBe(1);
  });

  it('does not come back after a stop', async () => {
    const { signals } = await listen();
    expect(await listeners()).toBe(1);
    await signals.onApplicationShutdown();
    await expect.poll(listeners).toBe(0);
  });
});
