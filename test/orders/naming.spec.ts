import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sequenceName } from '../../src/core/naming.js';
import type { SequenceNaming } from '../../src/core/naming.js';
import { sequenceNames } from '../../src/orders/names.store.js';
import { rows } from '../../src/platform/database/query.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 1, isEmpty: true });
});
afterAll(async () => {
  await database.drop();
});

const naming: fc.Arbitrary<SequenceNaming> = fc.record({
  kind: fc.constant('sequence' as const),
  prefix: fc.string({ unit: fc.constantFrom(...Array.from(`aZ09_-@.:% \\'"$1`)), maxLength: 32 }),
  start: fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -9, max: 9 }))
    .map(([power, offset]) => Math.max(0, 10 ** power + offset)),
  width: fc.integer({ min: 1, max: 32 }),
});

it('PostgreSQL mints exactly the names that the rules foresee, in the same order', async () => {
  const first = fc.nat(20_000);
  await fc.assert(
    fc.asyncProperty(naming, first, fc.integer({ min: 1, max: 30 }), async (one, from, count) => {
      const sql = `SELECT * FROM (${sequenceNames('$1', '$2', '$3', '$4', '$5')}) n ORDER BY index`;
      const params = [one.prefix, one.start, one.width, from, from + count - 1];
      const minted = await rows<{ index: number; name: string }>(database.dataSource, sql, params);
      const foreseen = Array.from({ length: count }, (_, index) => ({
        index: from + index,
        name: sequenceName(one, from + index),
      }));
      expect(minted).toEqual(foreseen);
    }),
    { numRuns: 300 },
  );
});
