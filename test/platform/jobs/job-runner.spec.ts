import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../../src/platform/database/database.js';
import { affected, rows } from '../../../src/platform/database/query.js';
import type { Tx } from '../../../src/platform/database/transaction.js';
import { JobRunner } from '../../../src/platform/jobs/job-runner.js';
import type { JobKind } from '../../../src/platform/jobs/job-runner.js';
import { createLogger } from '../../../src/platform/logger.js';
import { createTestDatabase, runOnServer } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

const log = createLogger('silent');

/** Work that counts up to a goal in steps of ten; `step` has a row for each step that was done. */
class Counting implements JobKind {
  readonly name = 'counting';
  readonly lockSpace = 77;

  constructor(
    private readonly test: TestDatabase,
    private readonly over: Partial<JobKind> = {},
  ) {}

  async pending(tx: Tx): Promise<readonly number[]> {
    const sql = 'SELECT id FROM work WHERE done < goal AND NOT is_refused ORDER BY id';
    return (await rows<{ id: number }>(tx, sql)).map(({ id }) => id);
  }

  async chunk(tx: Tx, id: number): Promise<void> {
    await this.over.chunk?.(tx, id);
    const sql = 'INSERT INTO step (id, at) SELECT id, done FROM work WHERE id = $1 AND done < goal';
    if ((await affected(tx, sql, [id])) === 0) return; // finished meanwhile
    await affected(tx, 'UPDATE work SET done = done + 10 WHERE id = $1', [id]);
  }

  async giveUp(tx: Tx, id: number, error: unknown): Promise<boolean> {
    return (await this.over.giveUp?.(tx, id, error)) ?? false;
  }

  async add(...goals: readonly number[]): Promise<void> {
    await rows(this.test.dataSource, 'INSERT INTO work (goal) SELECT unnest($1::integer[])', [
      goals,
    ]);
  }

  /** Shape: `id` to the steps that were done, in the order of all steps. */
  async steps(): Promise<{ id: number; at: number }[]> {
    return await rows(this.test.dataSource, 'SELECT id, at FROM step ORDER BY nr');
  }

  /** Resolves when nothing waits any more. */
  async finished(): Promise<void> {
    await expect
      .poll(() => this.pending(this.test.dataSource.manager), { timeout: 10_000, interval: 10 })
      .toEqual([]);
  }
}

let test: TestDatabase;
const runners: JobRunner[] = [];
beforeAll(async () => {
  test = await createTestDatabase({ isEmpty: true });
  await rows(
    test.dataSource,
    `CREATE TABLE work (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, goal integer NOT NULL,
       done integer NOT NULL DEFAULT 0, is_refused boolean NOT NULL DEFAULT false);`,
  );
  await rows(
    test.dataSource,
    `CREATE TABLE step (nr bigint GENERATED ALWAYS AS IDENTITY, id integer, at integer,
       UNIQUE (id, at))`,
  );
});
beforeEach(async () => {
  await rows(test.dataSource, 'TRUNCATE work, step RESTART IDENTITY');
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(runners.splice(0).map((runner) => runner.onApplicationShutdown()));
});
afterAll(async () => {
  await test.drop();
});

/** The runner of one process. */
function startRunner(...kinds: readonly JobKind[]): JobRunner {
  const runner = new JobRunner(new Database(test.dataSource), log);
  for (const kind of kinds) runner.register(kind);
  runners.push(runner);
  runner.onApplicationBootstrap();
  return runner;
}

describe('a job', () => {
  it('is done chunk by chunk, each in its own transaction', async () => {
    const seen: number[] = [];
    const counting = new Counting(test, {
      chunk: async () => {
        // From outside: what earlier chunks did is committed already.
        seen.push((await rows(test.dataSource, 'SELECT FROM step')).length);
      },
    });
    await counting.add(40);
    startRunner(counting);
    await counting.finished();
    expect((await counting.steps()).map(({ at }) => at)).toEqual([0, 10, 20, 30]);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('that is small does not wait for one that is large', async () => {
    const counting = new Counting(test);
    await counting.add(100, 10);
    startRunner(counting);
    await counting.finished();
    const ids = (await counting.steps()).map(({ id }) => id);
    expect(ids.indexOf(2)).toBe(1);
    expect(ids).toHaveLength(11);
  });

  it('that comes later is begun when somebody says so', async () => {
    const counting = new Counting(test);
    const runner = startRunner(counting);
    for (let round = 0; round < 3; round += 1) {
      await counting.add(10);
      runner.wake();
      await counting.finished();
    }
    expect(await counting.steps()).toHaveLength(3);
  });

  it('is done once, whatever number of processes are at it', async () => {
    const counting = new Counting(test);
    await counting.add(200, 200, 200);
    const all = Array.from({ length: 4 }, () => startRunner(counting));
    for (const runner of all) runner.wake();
    await counting.finished();
    expect(await counting.steps()).toHaveLength(60); // a second time would break UNIQUE (id, at)
  });
});

describe('a process that dies in the middle of a chunk', () => {
  /** Work whose first chunk never ends, as in a process that hangs; `pid` is of its connection. */
  function hanging(): { readonly kind: Counting; readonly pid: Promise<number> } {
    let tell: (pid: number) => void = () => undefined;
    const pid = new Promise<number>((resolve) => (tell = resolve));
    const kind = new Counting(test, {
      chunk: async (tx, id) => {
        await rows(tx, 'INSERT INTO step (id, at) VALUES ($1, 0)', [id]);
        const [backend] = await rows<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid');
        tell(backend?.pid ?? 0);
        await rows(tx, 'SELECT pg_sleep(60)');
      },
    });
    return { kind, pid };
  }

  it('holds its work, and only while it lives; another finishes it without doing a step twice', async () => {
    const { kind, pid } = hanging();
    await kind.add(30);
    startRunner(kind);
    const backend = await pid;

    vi.useFakeTimers({ toFake: ['setInterval'] });
    const counting = new Counting(test);
    const heir = startRunner(counting);
    await counting.add(10);
    heir.wake();
    await expect.poll(() => counting.pending(test.dataSource.manager)).toEqual([1]);
    expect(await counting.steps()).toEqual([{ id: 2, at: 0 }]);

    // What a death looks like; the second asks the server to wait until it is over.
    await runOnServer('SELECT pg_terminate_backend($1, 10000)', [backend]);
    vi.advanceTimersByTime(3000); // nobody wakes the heir: it looks by itself
    await counting.finished();
    expect((await counting.steps()).filter(({ id }) => id === 1)).toEqual([
      { id: 1, at: 0 },
      { id: 1, at: 10 },
      { id: 1, at: 20 },
    ]);
  });
});

describe('a job that fails', () => {
  const broken = new Error('this one cannot be done');
  const failing = (giveUp: JobKind['giveUp']): Counting =>
    new Counting(test, {
      chunk: (_, id) => (id === 1 ? Promise.reject(broken) : Promise.resolve()),
      giveUp,
    });

  it('is ended in a transaction of its own when it can never succeed', async () => {
    const told: unknown[] = [];
    const counting = failing(async (tx, id, error) => {
      told.push(error);
      return (await affected(tx, 'UPDATE work SET is_refused = true WHERE id = $1', [id])) === 1;
    });
    await counting.add(10, 20);
    startRunner(counting);
    await counting.finished();
    expect(told).toEqual([broken]);
    expect((await counting.steps()).map(({ id }) => id)).toEqual([2, 2]);
  });

  it.each([
    ['may succeed later', () => Promise.resolve(false)],
    ['cannot even be ended', () => Promise.reject(new Error('nor this'))],
  ])('and %s holds up no other, and is tried again', async (_, giveUp) => {
    const counting = failing(giveUp);
    await counting.add(10, 20, 30);
    const runner = startRunner(counting);
    await expect.poll(async () => (await counting.steps()).length).toBe(5);
    expect(await counting.pending(test.dataSource.manager)).toEqual([1]);
    startRunner(new Counting(test)); // the reason is gone
    await counting.finished();
    await runner.onApplicationShutdown();
  });

  it('does nothing by halves: what its chunk wrote is gone', async () => {
    const counting = new Counting(test, {
      chunk: async (tx, id) => {
        await rows(tx, 'INSERT INTO step (id, at) VALUES ($1, 999)', [id]);
        throw broken;
      },
      giveUp: (tx, id) =>
        affected(tx, 'UPDATE work SET is_refused = true WHERE id = $1', [id]).then(() => true),
    });
    await counting.add(10);
    startRunner(counting);
    await counting.finished();
    expect(await counting.steps()).toEqual([]);
  });
});

describe('a stop', () => {
  it('waits for the chunk that is being done and begins no other', async () => {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const counting = new Counting(test, {
      chunk: async (tx) => {
        begin();
        await rows(tx, 'SELECT pg_sleep(0.1)');
      },
    });
    await counting.add(1000);
    const runner = startRunner(counting);
    await begun;
    await runner.onApplicationShutdown();
    const steps = await counting.steps();
    expect(steps).toHaveLength(1);
    runner.wake();
    expect(await counting.steps()).toEqual(steps);
  });
});
