import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { affected } from '../../src/platform/database/query.js';
import { openHistory } from './sealed-history.js';
import type { SealedHistory } from './sealed-history.js';

let history: SealedHistory;
/** Rows 1-50 in seal 1, 51-80 in seal 2 (ids 81-85 were rolled back), 86-90 in seal 3. */
beforeAll(async () => {
  history = await openHistory();
  const sealer = history.sealer();
  await history.write(50);
  await sealer.seal();
  await history.write(30);
  await expect(
    history.database.inTransaction(async (tx) => {
      await affected(
        tx,
        `INSERT INTO audit_event (action, actor) SELECT 'x', 'x' FROM generate_series(1, 5)`,
      );
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  await sealer.seal();
  await history.write(5);
  await sealer.seal();
});
afterAll(async () => {
  await history.drop();
});

const remove = (ids: string): string => `DELETE FROM audit_event WHERE id ${ids}`;
const insert = (id: bigint): string =>
  `INSERT INTO audit_event (id, action, actor) OVERRIDING SYSTEM VALUE VALUES (${id}, 'claim.leased', 'x')`;

describe('a sealed history', () => {
  it('is whole as it was written', async () => {
    const verdict = await history.verify();
    expect(verdict).toEqual({ flaw: undefined, seals: 3, rows: 85, lastId: 90n });
  });

  it.each([
    ['action', `action = 'claim.leasee'`],
    ['actor', `actor = 'station 产线-4'`],
    ['address', `address = '10.0.0.2'`],
    ['address that is taken away', 'address = NULL'],
    ['address that is made empty', `address = ''`],
    ['time, by a microsecond', `at = at + interval '1 microsecond'`],
    ['time, by two thousand years', `at = at - interval '4051 years'`],
    ['time, to no time at all', `at = 'infinity'`],
    ['order', 'order_id = 1'],
    ['claim', 'claim_id = 0'],
    ['unit that is made empty', `unit = ''`],
    ['detail', `detail = '{"n": 8}'`],
    ['detail, by the scale of a number', `detail = '{"n": 7.0}'`],
    ['text, moved to the next column', `product_key = address, address = NULL`],
  ])('names the first row with another %s', async (_, change) => {
    const sql = `UPDATE audit_event SET ${change} WHERE id IN (7, 20, 60)`;
    const { flaw } = await history.verifyTampered([sql]);
    expect(flaw).toMatchObject({ kind: 'row_altered', id: 7n, seq: 1n });
  });

  it.each([
    ['the first row', 1n, 1n],
    ['a row inside', 33n, 1n],
    ['the last row of a seal', 50n, 1n],
    ['the first row of a seal', 51n, 2n],
    ['the newest row', 90n, 3n],
  ])('names %s when it was deleted', async (_, id, seq) => {
    const { flaw } = await history.verifyTampered([remove(`= ${id}`)]);
    expect(flaw).toMatchObject({ kind: 'row_missing', id, seq });
  });

  it('names the first of many deleted rows', async () => {
    const { flaw } = await history.verifyTampered([remove('BETWEEN 40 AND 70')]);
    expect(flaw).toMatchObject({ kind: 'row_missing', id: 40n });
  });

  it.each([
    ['into a gap behind a seal', 83n, 2n],
    ['below all ids', -5n, 1n],
    ['as row 0', 0n, 1n],
  ])('names a row that was inserted %s', async (_, id, seq) => {
    const { flaw } = await history.verifyTampered([insert(id)]);
    expect(flaw).toMatchObject({ kind: 'row_inserted', id, seq });
  });

  it('names a row that took the place of a deleted one', async () => {
    const { flaw } = await history.verifyTampered([remove('= 12'), insert(12n)]);
    expect(flaw).toMatchObject({ kind: 'row_altered', id: 12n });
  });

  it('names a row with an id that was never given out', async () => {
    const { flaw } = await history.verifyTampered([insert(1_000_000n)]);
    expect(flaw).toMatchObject({ kind: 'row_ahead', id: 1000000n });
  });

  it('names rows that were inserted beside it although a sealer came by', async () => {
    const own = await openHistory();
    try {
      await own.write(3);
      await own.sealer().seal();
      for (const id of [-1n, 0n, 1_000_000n]) await own.tamper(insert(id));
      expect(await own.sealer().seal()).toBe(0);
      expect((await own.verify()).flaw).toMatchObject({ kind: 'row_inserted', id: -1n });
    } finally {
      await own.drop();
    }
  });
});
