import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from '../../src/platform/batcher.js';
import type { BatchOutcome } from '../../src/platform/batcher.js';

const done = <O>(value: O): BatchOutcome<O> => ({ kind: 'done', value });

/** A batcher of one lane whose statements are kept, by their items. */
function watched(maxItems: number): {
  readonly statements: number[][];
  readonly batcher: ReturnType<typeof createBatcher<number, number>>;
} {
  const statements: number[][] = [];
  const batcher = createBatcher<number, number>({
    maxItems,
    maxInFlight: 1,
    run: (items) => {
      statements.push([...items]);
      return Promise.resolve(items.map(done));
    },
    runOne: () => Promise.reject(new Error('ran singly')),
  });
  return { statements, batcher };
}

describe('items that are submitted together', () => {
  it('go out in one statement, whatever waits before and behind them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 }),
        async (sizes) => {
          const { statements, batcher } = watched(8);
          let next = 0;
          const groups = sizes.map((size) => Array.from({ length: size }, () => (next += 1)));
          const answers = await Promise.all(groups.map((group) => batcher.submitAll(group)));
          expect(answers.flat()).toEqual(
            groups.flat().map((value) => ({ status: 'fulfilled', value })),
          );
          expect(statements.flat()).toEqual(groups.flat());
          for (const group of groups) {
            const home = statements.filter((items) => items.some((item) => group.includes(item)));
            expect(home).toHaveLength(1);
          }
          for (const items of statements) expect(items.length).toBeLessThanOrEqual(8);
        },
      ),
    );
  });

  it('share their statement with single ones, as far as there is room', async () => {
    const { statements, batcher } = watched(4);
    const answers = [
      batcher.submit(1),
      batcher.submitAll([2, 3]),
      batcher.submit(4),
      batcher.submitAll([5, 6, 7]),
      batcher.submit(8),
    ];
    await Promise.all(answers);
    expect(statements).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('have outcomes of their own: one that fails spoils no other', async () => {
    const batcher = createBatcher<number, number>({
      run: (items) =>
        Promise.resolve(
          items.map((item): BatchOutcome<number> =>
            item % 2 === 0 ? { kind: 'failed', error: new Error(`no ${item}`) } : done(item),
          ),
        ),
      runOne: () => Promise.reject(new Error('ran singly')),
    });
    expect(await batcher.submitAll([1, 2, 3])).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new Error('no 2') },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(await batcher.submitAll([])).toEqual([]);
  });

  it('run singly when their statement fails', async () => {
    const batcher = createBatcher<number, number>({
      run: () => Promise.reject(new Error('a bad row')),
      runOne: (item) => (item === 2 ? Promise.reject(new Error('it is 2')) : Promise.resolve(item)),
    });
    expect(await batcher.submitAll([1, 2, 3])).toMatchObject([
      { value: 1 },
      { reason: new Error('it is 2') },
      { value: 3 },
    ]);
  });
});
