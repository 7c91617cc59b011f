import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genesisHash, rowDigest, sealHash, sealedColumns } from '../../src/audit/seal-format.js';
import { rows } from '../../src/platform/database/query.js';
import { openHistory } from './sealed-history.js';
import type { SealedHistory } from './sealed-history.js';

let history: SealedHistory;
beforeAll(async () => {
  history = await openHistory();
});
afterAll(async () => {
  await history.drop();
});

/** `docs/audit.md` shows this row. */
const row = {
  id: '7',
  at: '1795309323123456',
  action: 'claim.leased',
  actor: '产线-3',
  address: null,
  product_key: 'a1JszCpjS61',
  device_name: 'unit_000001',
  order_id: '1',
  claim_id: '12',
  unit: '',
  detail: '{"slot": 3}',
};
const encoded =
  '1:716:179530932312345612:claim.leased8:产线-3-11:a1JszCpjS6111:unit_0000011:12:120:11:{"slot": 3}';

describe('a seal', () => {
  it('covers every column of the history', async () => {
    const columns = await rows<{ name: string }>(
      history.testDatabase.dataSource,
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_name = 'audit_event' ORDER BY ordinal_position`,
    );
    expect(columns.map(({ name }) => name)).toEqual([...sealedColumns]);
  });

  it('has the digest of a row that the documentation shows', async () => {
    const digest = rowDigest(row).toString('hex');
    expect(digest).toBe(createHash('sha256').update(encoded, 'utf8').digest('hex'));
    const page = await readFile('docs/audit.md', 'utf8');
    expect(page).toContain(`\n${encoded}\n`);
    expect(page).toContain(digest);
  });

  it('is made by the database as an outsider makes it', async () => {
    await rows(
      history.testDatabase.dataSource,
      `INSERT INTO audit_event (id, at, action, actor, product_key, device_name, order_id, claim_id,
         unit, detail) OVERRIDING SYSTEM VALUE
       VALUES (7, '2026-11-22 01:02:03.123456Z', 'claim.leased', '产线-3', 'a1JszCpjS61',
         'unit_000001', 1, 12, '', '{"slot":3}')`,
    );
    await rows(history.testDatabase.dataSource, `SELECT setval('audit_event_id_seq', 7)`);
    expect(await history.sealer().seal()).toBe(1);
    const [seal] = await rows<{ entries: Buffer; hash: Buffer; micros: string }>(
      history.testDatabase.dataSource,
      `SELECT entries, hash, (extract(epoch FROM sealed_at) * 1000000)::bigint::text AS micros
       FROM audit_seal`,
    );
    const digest = createHash('sha256').update(encoded, 'utf8').digest('hex');
    expect(seal?.entries.toString('hex')).toBe(`0000000000000007${digest}`);
    const entries = seal?.entries ?? Buffer.alloc(0);
    const numbers = { seq: 1n, lastId: 7n, sealedAtMicros: BigInt(seal?.micros ?? 0), entries };
    expect(seal?.hash).toEqual(sealHash(genesisHash, numbers));
  });
});
