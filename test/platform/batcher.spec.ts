import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { createBatcher } from '../../src/platform/batcher.js';
import type { BatchOutcome } from '../../src/platform/batcher.js';

function done<O>(value: O): BatchOutcome<O> {
  return { kind: 'done', value };
}

/** A statement that ends when the test says so. */
function gate(): { wait: Promise<void>; open: () => void } {
  const { promise, resolve } = promiseWithResolvers();
  return { wait: promise, open: resolve };
}

function promiseWithResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

const neverSingly = (): Promise<never> => Promise.reject(new Error('ran singly'));

describe('createBatcher', () => {
  it('makes one statement of the calls of a moment', async () => {
    const sizes: number[] = [];
    const batcher = createBatcher<number, number>({
      run: (items) => {
        sizes.push(items.length);
        return Promise.resolve(items.map((item) => done(item * 2)));
      },
      runOne: neverSingly,
    });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)));
    expect(answers).toEqual([2, 4, 6, 8, 10]);
    expect(sizes).toEqual([5]);
  });

  it('keeps to the size of a statement and to the statements in flight', async () => {
    const sizes: number[] = [];
    let inFlight = 0;
    let mostInFlight = 0;
    const barrier = gate();
    const batcher = createBatcher<number, number>({
      maxItems: 4,
      maxInFlight: 2,
      run: async (items) => {
        sizes.push(items.length);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        if (sizes.length === 2) setImmediate(barrier.open);
        await barrier.wait;
        inFlight -= 1;
        return items.map(done);
      },
      runOne: neverSingly,
    });
    await Promise.all(Array.from({ length: 18 }, (_, item) => batcher.submit(item)));
    expect(sizes).toEqual([4, 4, 4, 4, 2]);
    expect(mostInFlight).toBe(2);
  });

  it('sends the next statement before it gives out the answers of the last', async () => {
    const events: string[] = [];
    const batcher = createBatcher<string, string>({
      maxItems: 1,
      maxInFlight: 1,
      run: (items) => {
        events.push(`statement ${items.join()}`);
        return Promise.resolve(items.map(done));
      },
      runOne: neverSingly,
    });
    await Promise.all(
      ['a', 'b'].map(async (item) => events.push(`answer ${await batcher.submit(item)}`)),
    );
    expect(events).toEqual(['statement a', 'statement b', 'answer a', 'answer b']);
  });

  it('takes its share of the callers, so that half of them talk while the other half waits', async () => {
    const sizes: number[] = [];
    const batcher = createBatcher<number, number>({
      maxItems: 6,
      maxShare: 0.5,
      maxInFlight: 1,
      run: (items) => {
        sizes.push(items.length);
        return Promise.resolve(items.map(done));
      },
      runOne: neverSingly,
    });
    const inWaves = async (item: number): Promise<void> => {
      expect(await batcher.submit(item)).toBe(item);
      expect(await batcher.submit(-item)).toBe(-item);
    };
    await Promise.all(Array.from({ length: 8 }, (_, item) => inWaves(item + 1)));
    expect(sizes).toEqual([4, 4, 4, 4]);
    sizes.length = 0;
    await Promise.all(Array.from({ length: 16 }, (_, item) => batcher.submit(item)));
    expect(Math.max(...sizes)).toBe(6);
  });

  it('runs the items singly when the statement fails, so that one bad row spoils nobody else', async () => {
    const batcher = createBatcher<string, string>({
      run: () => Promise.reject(new Error('one of you is bad')),
      runOne: (item) =>
        item === 'bad' ? Promise.reject(new Error('I am bad')) : Promise.resolve(`${item}!`),
    });
    const answers = await Promise.allSettled(['a', 'bad', 'c'].map((item) => batcher.submit(item)));
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[0]).toMatchObject({ value: 'a!' });
    expect(answers[1]).toMatchObject({ reason: { message: 'I am bad' } });
  });

  it('runs an item singly when the statement left it out, and gives an item its own error', async () => {
    const batcher = createBatcher<string, string>({
      run: (items) =>
        Promise.resolve(
          items.map((item): BatchOutcome<string> => {
            if (item === 'locked') return { kind: 'singly' };
            if (item === 'gone') return { kind: 'failed', error: new Error('gone') };
            return done('by batch');
          }),
        ),
      runOne: () => Promise.resolve('by itself'),
    });
    const answers = await Promise.allSettled(
      ['free', 'locked', 'gone'].map((item) => batcher.submit(item)),
    );
    expect(answers[0]).toMatchObject({ value: 'by batch' });
    expect(answers[1]).toMatchObject({ value: 'by itself' });
    expect(answers[2]).toMatchObject({ reason: { message: 'gone' } });
  });

  it('does not try each item again when the database is away', async () => {
    let singles = 0;
    const batcher = createBatcher<number, number>({
      run: () => Promise.reject(new DomainError('database.away', 'It does not answer.')),
      runOne: (item) => {
        singles += 1;
        return Promise.resolve(item);
      },
    });
    const answers = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'database.away' } });
    }
    expect(singles).toBe(0);
  });

  it('does not run items again when the statement lost count of them', async () => {
    const batcher = createBatcher<number, number>({
      run: () => Promise.resolve([done(1)]),
      runOne: neverSingly,
    });
    const answers = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        reason: { message: expect.stringContaining('count') as string },
      });
    }
  });

  it('runs equal keys that wait together once and gives every caller the answer', async () => {
    const seen: string[][] = [];
    const batcher = createBatcher<{ name: string; by: number }, string>({
      key: ({ name }) => name,
      run: (items) => {
        seen.push(items.map(({ name }) => name));
        return Promise.resolve(items.map(({ name }) => done(`secret of ${name}`)));
      },
      runOne: neverSingly,
    });
    const calls = ['a', 'b', 'a', 'a'].map((name, by) => batcher.submit({ name, by }));
    expect(await Promise.all(calls)).toEqual(
      ['a', 'b', 'a', 'a'].map((name) => `secret of ${name}`),
    );
    expect(seen).toEqual([['a', 'b']]);
  });

  it('asks again for an equal key whose statement is on its way already', async () => {
    const started = gate();
    const barrier = gate();
    let statements = 0;
    const batcher = createBatcher<string, number>({
      key: (item) => item,
      run: async (items) => {
        const statement = ++statements;
        started.open();
        if (statement === 1) await barrier.wait;
        return items.map(() => done(statement));
      },
      runOne: neverSingly,
    });
    const first = batcher.submit('a');
    await started.wait;
    const second = batcher.submit('a');
    expect(await second).toBe(2);
    barrier.open();
    expect(await first).toBe(1);
  });

  it('refuses a caller when too many wait, says that a repeat may help, and recovers', async () => {
    const barrier = gate();
    const batcher = createBatcher<number, number>({
      maxWaiting: 3,
      run: async (items) => {
        await barrier.wait;
        return items.map(done);
      },
      runOne: neverSingly,
    });
    const waiting = [1, 2, 3].map((item) => batcher.submit(item));
    const refused = await batcher.submit(4).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'service.overloaded', entry: { retryable: true } });
    barrier.open();
    expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
    expect(await batcher.submit(5)).toBe(5);
  });

  it('is idle when every caller has an answer', async () => {
    const barrier = gate();
    const batcher = createBatcher<number, number>({
      run: async (items) => {
        await barrier.wait;
        return items.map(done);
      },
      runOne: neverSingly,
    });
    const order: string[] = [];
    const call = batcher.submit(1).then(() => order.push('answered'));
    const idle = batcher.idle().then(() => order.push('idle'));
    expect(batcher.pending).toBe(1);
    barrier.open();
    await Promise.all([call, idle]);
    expect(order).toEqual(['answered', 'idle']);
    await batcher.idle();
    expect(batcher.pending).toBe(0);
  });
});
