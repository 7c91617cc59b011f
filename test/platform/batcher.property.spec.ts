import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBatcher } from '../../src/platform/batcher.js';
import type { BatchOutcome } from '../../src/platform/batcher.js';

type Fate = 'done' | 'failed' | 'singly' | 'bad' | 'failedSingly';

interface Call {
  readonly name: number;
  readonly fate: Fate;
  readonly turnsBefore: number;
}

const call = fc.record({
  name: fc.nat({ max: 9 }),
  fate: fc.constantFrom<Fate>('done', 'done', 'done', 'failed', 'singly', 'bad', 'failedSingly'),
  turnsBefore: fc.nat({ max: 3 }),
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** The answer that belongs to a call alone, whichever way it was worked out. */
function expected({ name, fate }: Call): string {
  const isError = fate === 'failed' || fate === 'failedSingly';
  return `${isError ? 'error' : 'value'} ${name} ${fate}`;
}

function statement(latencies: readonly number[]) {
  let count = 0;
  const latency = (): number => latencies[count++ % latencies.length] ?? 0;
  return {
    async run(items: readonly Call[]): Promise<BatchOutcome<string>[]> {
      await turns(latency());
      if (items.some(({ fate }) => fate === 'bad')) throw new Error('a bad row');
      return items.map((item): BatchOutcome<string> => {
        if (item.fate === 'failed') return { kind: 'failed', error: new Error(expected(item)) };
        if (item.fate === 'done') return { kind: 'done', value: expected(item) };
        return { kind: 'singly' };
      });
    },
    async runOne(item: Call): Promise<string> {
      await turns(latency());
      if (expected(item).startsWith('error')) throw new Error(expected(item));
      return expected(item);
    },
  };
}

it('gives every caller exactly the answer of its own item, whatever the timing and the errors', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 8 }),
      fc.record({ maxItems: fc.integer({ min: 1, max: 8 }), hasKey: fc.boolean() }),
      async (calls, latencies, { maxItems, hasKey }) => {
        const batcher = createBatcher<Call, string>({
          ...statement(latencies),
          maxItems,
          ...(hasKey && { key: ({ name, fate }: Call) => `${name} ${fate}` }),
        });
        const answers: Promise<string>[] = [];
        for (const item of calls) {
          await turns(item.turnsBefore);
          answers.push(batcher.submit(item).catch((error: unknown) => (error as Error).message));
        }
        expect(await Promise.all(answers)).toEqual(calls.map(expected));
        expect(batcher.pending).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});
