import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditStore } from '../../src/audit/audit.store.js';
import { StrangerCounter } from '../../src/audit/stranger-counter.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { createLogger } from '../../src/platform/logger.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const noon = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000);

let test: TestDatabase;
let logged: string;
beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  await rows(test.dataSource, 'TRUNCATE stranger_refusal');
  logged = '';
});
afterAll(async () => {
  await test.drop();
});

function makeCounter(level = 'warn'): StrangerCounter {
  const log = createLogger(level, { write: (line: string) => (logged += line) });
  return new StrangerCounter(new Database(test.dataSource), new AuditStore(), log);
}

interface Counted {
  readonly minute: string;
  readonly address: string;
  readonly productKey: string;
  readonly count: number;
}

async function counted(): Promise<Counted[]> {
  return await rows<Counted>(
    test.dataSource,
    `SELECT to_char(minute AT TIME ZONE 'UTC', 'HH24:MI:SS') AS minute, address,
       product_key AS "productKey", count
     FROM stranger_refusal ORDER BY minute, address, product_key`,
  );
}

describe('refusals of strangers', () => {
  it('are counted by minute, address and product key as sent', async () => {
    const counter = makeCounter();
    counter.count('192.0.2.1', 'a1Wrong', at(0));
    counter.count('192.0.2.1', 'a1Wrong', at(59.999));
    counter.count('192.0.2.1', 'a1Other', at(1));
    counter.count('192.0.2.2', 'a1Wrong', at(2));
    counter.count('192.0.2.1', 'a1Wrong', at(60));
    await counter.flush();
    expect(await counted()).toEqual([
      { minute: '12:00:00', address: '192.0.2.1', productKey: 'a1Other', count: 1 },
      { minute: '12:00:00', address: '192.0.2.1', productKey: 'a1Wrong', count: 2 },
      { minute: '12:00:00', address: '192.0.2.2', productKey: 'a1Wrong', count: 1 },
      { minute: '12:01:00', address: '192.0.2.1', productKey: 'a1Wrong', count: 1 },
    ]);
  });

  it('add up over writes, and over processes that write at once', async () => {
    const counters = Array.from({ length: 4 }, () => makeCounter());
    for (let round = 0; round < 5; round += 1) {
      for (const [index, counter] of counters.entries()) {
        // Each in another order: writers that lock in different orders would meet in a circle.
        for (let place = 0; place < 40; place += 1) {
          counter.count('192.0.2.1', `pk ${(place + index * 10) % 40}`, noon);
        }
      }
      await Promise.all(counters.map((counter) => counter.flush()));
    }
    expect(new Set((await counted()).map(({ count }) => count))).toEqual(new Set([20]));
    expect(logged).toBe('');
  });

  it('are written once: a second write with nothing new adds nothing', async () => {
    const counter = makeCounter();
    counter.count('192.0.2.1', 'pk', noon);
    await counter.flush();
    await counter.flush();
    await counter.onApplicationShutdown();
    expect(await counted()).toMatchObject([{ count: 1 }]);
  });

  it('are one line a minute in the log, which names nobody', async () => {
    const counter = makeCounter('info');
    for (let round = 0; round < 3; round += 1) {
      for (let place = 0; place < 100; place += 1) counter.count(`192.0.2.${place}`, 'pk', noon);
      await counter.flush();
    }
    const lines = logged.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ event: 'strangers.refused', count: 100 });
    expect(logged).not.toContain('192.0.2');
  });

  it('are written when the service stops', async () => {
    const counter = makeCounter();
    counter.onModuleInit();
    counter.count('192.0.2.1', 'pk', noon);
    await counter.onApplicationShutdown();
    expect(await counted()).toMatchObject([{ count: 1 }]);
  });

  it('have a bound: past five thousand at a time the rest is one crowd, and none is lost', async () => {
    const counter = makeCounter();
    for (let place = 0; place < 5600; place += 1) counter.count('192.0.2.1', `pk ${place}`, noon);
    await counter.flush();
    const all = await counted();
    expect(all.length).toBeLessThanOrEqual(5001);
    expect(all.find(({ address }) => address === '*')).toMatchObject({ productKey: '*' });
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(5600);
  });

  it('take whatever a stranger sends for a product key', async () => {
    const counter = makeCounter();
    const long = 'x'.repeat(63);
    for (const sent of [
      '',
      'with\0nul',
      "'; DROP TABLE product; --",
      'y'.repeat(100_000),
      `${long}\u{1F600}`, // cut in the middle of its last character ...
      `${long}\u{10FFFF}`, // ... where two different ones become the same
      '\ud800',
      '更新',
    ]) {
      counter.count('192.0.2.1', sent, noon);
    }
    await counter.flush();
    expect(logged).toBe('');
    const all = await counted();
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(8);
    const keys = all.map(({ productKey }) => productKey);
    expect(keys).toEqual(
      expect.arrayContaining(['withnul', '更新', 'y'.repeat(64), `${long}\ufffd`]),
    );
  });

  it('that cannot be written are told in the log, and the service goes on', async () => {
    const counter = makeCounter();
    counter.count('192.0.2.1', 'hunter2', noon);
    await rows(test.dataSource, 'ALTER TABLE stranger_refusal RENAME TO gone');
    await counter.flush();
    expect(logged).toContain('audit.strangers_not_counted');
    expect(logged).not.toContain('hunter2');
    await rows(test.dataSource, 'ALTER TABLE gone RENAME TO stranger_refusal');
    counter.count('192.0.2.1', 'later', noon);
    await counter.flush();
    expect(await counted()).toMatchObject([{ productKey: 'later' }]);
  });
});
