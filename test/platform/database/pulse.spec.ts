import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../../src/platform/database/data-source.js';
import { Pulse } from '../../../src/platform/database/pulse.js';
import { rows } from '../../../src/platform/database/query.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { Relay } from './relay.js';

let database: TestDatabase;
const closers: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await database.drop();
});

interface Site {
  readonly relay: Relay;
  readonly source: DataSource;
  readonly told: string[];
}

async function open(): Promise<Site> {
  const relay = await Relay.open(database.url);
  closers.push(() => relay.close());
  const told: string[] = [];
  const pulse = new Pulse({ url: relay.url, log: (event) => told.push(event) });
  const source = await createDataSource({
    url: relay.url,
    entities: [],
    migrations: [],
    poolSize: 2,
    onConnect: (client) => {
      pulse.watch(client);
    },
  });
  closers.push(() => source.destroy());
  pulse.start(source);
  closers.push(() => {
    pulse.stop();
  });
  return { relay, source, told };
}

const away = { code: 'database.away' };
const ask = (source: DataSource): Promise<object[]> => rows(source, 'SELECT 1');

/** The same question until it is answered. */
async function untilAnswered(source: DataSource): Promise<void> {
  while (!(await ask(source).then(Boolean, () => false))) await delay(20);
}

describe('a database whose cable is pulled', () => {
  it('leaves nobody waiting: who is in the middle is refused, who comes later is too', async () => {
    const { relay, source, told } = await open();
    const waiting = [
      rows(source, 'SELECT pg_sleep(60)'),
      inTransaction(source, (tx) => rows(tx, 'SELECT pg_sleep(60)')),
    ].map((work) => expect(work).rejects.toMatchObject(away));
    relay.freeze();
    await Promise.all(waiting);
    while (!told.includes('database.silent')) await delay(20);
    const startedAt = performance.now();
    for (let call = 0; call < 50; call += 1) await expect(ask(source)).rejects.toMatchObject(away);
    // Fifty that wait one after the other for a connection would take a minute.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('is used again by itself as soon as it answers', async () => {
    const { relay, source, told } = await open();
    relay.freeze();
    await expect(rows(source, 'SELECT pg_sleep(60)')).rejects.toMatchObject(away);
    relay.revive();
    await untilAnswered(source);
    expect(told).toEqual(['database.silent', 'database.answers']);
  });
});

describe('a database that is only slow, or gone for good', () => {
  it('is not given up while it answers: a long statement is left alone', async () => {
    const { source, told } = await open();
    await rows(source, 'SELECT pg_sleep(1.5)');
    expect(told).toEqual([]);
  });

  it('that refuses at once is no silent one', async () => {
    const { relay, source, told } = await open();
    await relay.close();
    await expect(ask(source)).rejects.toMatchObject(away);
    await delay(1200);
    expect(told).toEqual([]);
  });
});
