import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseKeptHead } from '../../src/audit/kept-head.js';
import type { KeptHead } from '../../src/audit/verify-history.js';
import { rows } from '../../src/platform/database/query.js';
import { openHistory } from './sealed-history.js';
import type { SealedHistory } from './sealed-history.js';

let history: SealedHistory;
let keptHead: KeptHead;
/** Rows 1-10, 11-20, 21-30 and 31-40 in a seal each; the head of seal 3 was kept. */
beforeAll(async () => {
  history = await openHistory();
  const sealer = history.sealer();
  for (let seal = 1; seal <= 3; seal += 1) {
    await history.write(10);
    await sealer.seal();
  }
  const { seq, hash } = await history.head();
  keptHead = { seq: BigInt(seq), hash };
  await history.write(10);
  await sealer.seal();
});
afterAll(async () => {
  await history.drop();
});

/** Makes one seal anew over the rows as they are now, as an intruder would who knows the format. */
const remakeSeal2 = `WITH e AS (
    SELECT string_agg(int8send(id) || sha256(convert_to(
      octet_length(id::text) || ':' || id || '16:' || trunc(extract(epoch FROM at) * 1000000)
      || octet_length(action) || ':' || action || octet_length(actor) || ':' || actor
      || octet_length(address) || ':' || address || '-----' || octet_length(detail::text) || ':'
      || detail, 'UTF8')), ''::bytea ORDER BY id) AS entries
    FROM audit_event WHERE id BETWEEN 11 AND 20)
  UPDATE audit_seal s SET entries = e.entries, hash = sha256(convert_to(E'triplemint audit seal v1\\n', 'UTF8')
    || (SELECT hash FROM audit_seal WHERE seq = 1) || int8send(2) || int8send(20)
    || int8send(trunc(extract(epoch FROM s.sealed_at) * 1000000)::bigint) || e.entries)
  FROM e WHERE seq = 2`;

describe('the chain of seals', () => {
  it.each([
    ['changed', `UPDATE audit_seal SET last_id = last_id`],
    ['shortened', 'DELETE FROM audit_seal WHERE seq = 4'],
    ['truncated', 'TRUNCATE audit_seal'],
  ])('cannot be %s, not even by its owner', async (_, sql) => {
    const refused = { driverError: { code: '23001' } };
    await expect(rows(history.testDatabase.dataSource, sql)).rejects.toMatchObject(refused);
    expect(await history.head()).toMatchObject({ seq: 4, lastId: 40 });
  });

  it.each([
    ['hash', `hash = sha256('x')`],
    ['entry', 'entries = overlay(entries PLACING sha256(entries) FROM 49)'],
    ['number of entries', 'entries = substr(entries, 41)'],
    ['last row', 'last_id = 19'],
    ['time', `sealed_at = sealed_at + interval '1 microsecond'`],
    ['time that is none', `sealed_at = 'infinity'`],
  ])('names a seal with another %s', async (_, change) => {
    const sql = `UPDATE audit_seal SET ${change} WHERE seq = 2`;
    const { flaw } = await history.verifyTampered([sql]);
    expect(flaw).toMatchObject({ kind: 'seal_altered', seq: 2n, after: 0n });
  });

  it('is as before when a seal is made anew over the same rows', async () => {
    const verdict = await history.verifyTampered([remakeSeal2], keptHead);
    expect(verdict).toMatchObject({ flaw: undefined, rows: 40 });
  });

  it('shows a seal that was made anew for an altered row by the next one', async () => {
    const alter = `UPDATE audit_event SET actor = 'x' WHERE id = 15`;
    const flaw = { kind: 'seal_altered', seq: 3n, after: 10n, lastId: 30n };
    expect((await history.verifyTampered([alter, remakeSeal2])).flaw).toEqual(flaw);
  });

  it('names a deleted seal', async () => {
    const { flaw } = await history.verifyTampered(['DELETE FROM audit_seal WHERE seq IN (2, 3)']);
    expect(flaw).toMatchObject({ kind: 'seal_missing', seq: 2n });
  });

  it('that went on after a head was kept proves it', async () => {
    expect((await history.verify(keptHead)).flaw).toBeUndefined();
  });

  it('that was cut off with its rows is told by a kept head only', async () => {
    const cut = ['DELETE FROM audit_event WHERE id > 20', 'DELETE FROM audit_seal WHERE seq > 2'];
    expect((await history.verifyTampered(cut)).flaw).toBeUndefined();
    const flaw = { kind: 'head_missing', seq: 3n, lastId: 20n };
    expect((await history.verifyTampered(cut, keptHead)).flaw).toMatchObject(flaw);
  });

  it('proves a head that was kept before the first seal', async () => {
    const before = parseKeptHead(`${'0'.repeat(64)}:0`);
    expect((await history.verify(before)).flaw).toBeUndefined();
  });

  it('that was built anew, which comes last here, is told by a kept head only', async () => {
    await history.tamper(`UPDATE audit_event SET actor = 'x' WHERE id = 5`);
    await history.tamper('TRUNCATE audit_seal');
    await history.sealer().seal();
    await history.write(1);
    await history.sealer().seal();
    await history.write(1);
    await history.sealer().seal();
    expect((await history.verify()).flaw).toBeUndefined();
    const flaw = { kind: 'head_differs', seq: 3n };
    expect((await history.verify(keptHead)).flaw).toMatchObject(flaw);
  });
});

describe('a kept head', () => {
  const hash = 'ab'.repeat(32);
  const head = { seq: 12n, hash: Buffer.from(hash, 'hex') };

  it.each([
    ['hash and number', `${hash}:12\n`],
    ['the answer of the API', JSON.stringify({ seq: 12, auditId: 7, hash, unsealed: 0 })],
  ])('is read as %s', (_, text) => {
    expect(parseKeptHead(text)).toEqual(head);
  });

  it.each([
    '',
    hash,
    `${hash}:`,
    `${hash}:-1`,
    `${hash.slice(2)}:1`,
    '{"seq": 1}',
    '{',
    `12:${hash}`,
  ])('is not read from %j', (text) => {
    expect(parseKeptHead(text)).toBeUndefined();
  });
});
