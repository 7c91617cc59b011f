import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../../src/platform/database/data-source.js';
import { affected, rows } from '../../../src/platform/database/query.js';
import { inSavepoint, inTransaction } from '../../../src/platform/database/transaction.js';
import type { Tx } from '../../../src/platform/database/transaction.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { Relay } from './relay.js';

let database: TestDatabase;
let db: DataSource;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 4 });
  db = database.dataSource;
  await rows(db, 'CREATE TABLE pot (id integer PRIMARY KEY, coins integer NOT NULL)');
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  await affected(db, 'DELETE FROM pot');
  await rows(db, 'INSERT INTO pot VALUES (1, 10), (2, 10)');
});

async function coins(): Promise<number[]> {
  const found = await rows<{ coins: number }>(db, 'SELECT coins FROM pot ORDER BY id');
  return found.map((row) => row.coins);
}

async function add(tx: Tx, id: number, by: number): Promise<void> {
  await affected(tx, 'UPDATE pot SET coins = coins + $2 WHERE id = $1', [id, by]);
}

async function transactionId(tx: Tx): Promise<string> {
  const [row] = await rows<{ id: string }>(tx, 'SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '';
}

async function fail(tx: Tx, state: string): Promise<void> {
  await rows(tx, `DO $$ BEGIN RAISE 'told to' USING ERRCODE = '${state}'; END $$`);
}

/** Calls back when so many have arrived; later arrivals pass. */
function meetingOf(count: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return async () => {
    arrived += 1;
    if (arrived >= count) open();
    await opened;
  };
}

describe('inTransaction', () => {
  it('commits what the closure did and answers what it gave', async () => {
    expect(await inTransaction(db, async (tx) => (await add(tx, 1, 5), 'given'))).toBe('given');
    expect(await coins()).toEqual([15, 10]);
  });

  it('takes everything back when the closure throws, and throws the same', async () => {
    const thrown = new Error('no');
    const work = inTransaction(db, async (tx) => {
      await add(tx, 1, 5);
      throw thrown;
    });
    await expect(work).rejects.toBe(thrown);
    expect(await coins()).toEqual([10, 10]);
  });

  it.each(['40001', '40P01'])('runs again on %s in a new transaction', async (state) => {
    const ids: string[] = [];
    await inTransaction(db, async (tx) => {
      ids.push(await transactionId(tx));
      await add(tx, 1, 1);
      if (ids.length < 3) await fail(tx, state);
    });
    expect(new Set(ids).size).toBe(3);
    expect(await coins()).toEqual([11, 10]); // only the last run counts
  });

  it('gives up after six runs and says why', async () => {
    let runs = 0;
    const work = inTransaction(db, async (tx) => {
      runs += 1;
      await fail(tx, '40001');
    });
    await expect(work).rejects.toMatchObject({ driverError: { code: '40001' } });
    expect(runs).toBe(6);
  });

  it('does not run again on any other error', async () => {
    let runs = 0;
    const work = inTransaction(db, async (tx) => {
      runs += 1;
      await fail(tx, '55P03');
    });
    await expect(work).rejects.toMatchObject({ driverError: { code: '55P03' } });
    expect(runs).toBe(1);
  });

  it('brings both of two that deadlock to their end', async () => {
    const meet = meetingOf(2);
    const move = (from: number, to: number): Promise<void> =>
      inTransaction(db, async (tx) => {
        await add(tx, from, -1);
        await meet(); // now each holds the row the other wants
        await add(tx, to, 1);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    expect(await coins()).toEqual([10, 10]);
  });

  it('refuses to call it done when the closure passed over a failed statement', async () => {
    const work = inTransaction(db, async (tx) => {
      await add(tx, 1, 5);
      await rows(tx, 'SELECT 1 / 0').catch(() => undefined);
      return 'done';
    });
    await expect(work).rejects.toMatchObject({ code: 'internal' });
    expect(await coins()).toEqual([10, 10]);
  });

  it('waits for the word on the transaction when it comes after that of the failure', async () => {
    const relay = await Relay.open(database.url);
    relay.splitAnswers();
    const slow = await createDataSource({
      url: relay.url,
      entities: [],
      migrations: [],
      poolSize: 1,
      connectTimeoutMs: 10_000,
    });
    try {
      const work = inTransaction(slow, async (tx) => {
        await rows(tx, 'SELECT 1 / 0').catch(() => undefined);
        return 'done';
      });
      await expect(work).rejects.toMatchObject({ code: 'internal' });
    } finally {
      await slow.destroy();
      await relay.close();
    }
  });

  it('shows nothing to others before it has committed', async () => {
    await inTransaction(db, async (tx) => {
      await add(tx, 1, 5);
      expect(await rows(tx, 'SELECT coins FROM pot WHERE id = 1')).toEqual([{ coins: 15 }]);
      expect(await coins()).toEqual([10, 10]);
    });
  });

  it('answers database.away when its connection is cut, and the next one works', async () => {
    const work = inTransaction(db, async (tx) => {
      await add(tx, 1, 5);
      const [own] = await rows<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid');
      await rows(db, 'SELECT pg_terminate_backend($1, 5000)', [own?.pid]);
      await add(tx, 2, 5).catch(() => {
        throw new Error('what the closure made of it');
      });
    });
    await expect(work).rejects.toMatchObject({ code: 'database.away' });
    expect(await coins()).toEqual([10, 10]);
    await inTransaction(db, async (tx) => {
      await add(tx, 1, 1);
    });
    expect(await coins()).toEqual([11, 10]);
  });

  it('hands every connection back', async () => {
    for (let count = 0; count < 12; count += 1) {
      const work = inTransaction(db, async (tx) => {
        await add(tx, 1, 1);
        if (count % 2 === 0) throw new Error('no');
      });
      await work.catch(() => undefined);
    }
    expect(await coins()).toEqual([16, 10]);
  });
});

describe('a part of a transaction that fails', () => {
  it('is undone whole, a part within it that had failed and was caught included', async () => {
    await inTransaction(db, async (tx) => {
      await add(tx, 1, 1);
      const outer = inSavepoint(tx, async () => {
        await add(tx, 1, 10);
        await inSavepoint(tx, () => fail(tx, '22012')).catch(() => undefined);
        await add(tx, 2, 10);
        throw new Error('as if');
      });
      await expect(outer).rejects.toThrow('as if');
    });
    expect(await coins()).toEqual([11, 10]);
  });
});
