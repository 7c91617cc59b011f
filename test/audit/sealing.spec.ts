import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditSealer } from '../../src/audit/audit-sealer.js';
import { SealStore } from '../../src/audit/seal.store.js';
import { rows } from '../../src/platform/database/query.js';
import { giveBack, takeAway } from '../support/database.js';
import { openHistory, openWriter, record } from './sealed-history.js';
import type { SealedHistory } from './sealed-history.js';

let history: SealedHistory;
beforeEach(async () => {
  history = await openHistory();
});
afterEach(async () => {
  await history.drop();
});

/** Ids of rows as the seals have them, in the order of seals. */
async function sealedIds(): Promise<string[]> {
  const found = await rows<{ id: string }>(
    history.testDatabase.dataSource,
    `SELECT ('x' || encode(substr(entries, n * 40 + 1, 8), 'hex'))::bit(64)::bigint::text AS id
     FROM audit_seal, generate_series(0, octet_length(entries) / 40 - 1) AS n ORDER BY seq, n`,
  );
  return found.map(({ id }) => id);
}

async function allIds(): Promise<string[]> {
  const found = await rows<{ id: string }>(
    history.testDatabase.dataSource,
    'SELECT id::text FROM audit_event ORDER BY audit_event.id',
  );
  return found.map(({ id }) => id);
}

/** Seals until nothing waits. */
async function sealAll(sealer = history.sealer()): Promise<void> {
  for (;;) {
    await sealer.seal();
    const { database } = history;
    const store = new SealStore();
    const waiting = await store.unsealed(database.single, await store.head(database.single));
    if (waiting.count === 0) return;
  }
}

describe('the sealer', () => {
  it('makes no seal where nothing happened', async () => {
    expect(await history.sealer().seal()).toBe(0);
    await history.write(3);
    const sealer = history.sealer();
    expect([await sealer.seal(), await sealer.seal()]).toEqual([1, 0]);
  });

  it('cuts a long history into seals of two thousand rows', async () => {
    await history.write(4500);
    expect(await history.sealer().seal()).toBe(3);
    expect(await history.verify()).toEqual({
      flaw: undefined,
      seals: 3,
      rows: 4500,
      lastId: 4500n,
    });
  });

  it('goes on behind the tenth seal', async () => {
    const sealer = history.sealer();
    for (let seal = 1; seal <= 20; seal += 1) {
      await history.write(1);
      await sealer.seal();
    }
    expect(await history.verify()).toEqual({ flaw: undefined, seals: 20, rows: 20, lastId: 20n });
  });

  it('waits for a row that has a smaller id and is committed later', async () => {
    const sealer = history.sealer();
    const early = await openWriter(history);
    await record(history, 'late');
    expect([await sealer.seal(), await sealer.seal()]).toEqual([0, 0]);
    await early.commit();
    expect(await sealer.seal()).toBe(1);
    expect(await sealedIds()).toEqual(['1', '2']);
  });

  it('does not wait for who began to write after its last look', async () => {
    const sealer = history.sealer();
    const first = await openWriter(history);
    expect(await sealer.seal()).toBe(0);
    const second = await openWriter(history);
    await first.commit();
    expect(await sealer.seal()).toBe(1);
    expect(await sealedIds()).toEqual(['1']);
    await second.commit();
    expect(await sealer.seal()).toBe(1);
    expect(await sealedIds()).toEqual(['1', '2']);
  });

  it('does not wait for a writer of another database of the same server', async () => {
    const other = await openHistory();
    const stranger = await openWriter(other);
    try {
      await history.write(1);
      expect(await history.sealer().seal()).toBe(1);
    } finally {
      await stranger.commit();
      await other.drop();
    }
  });

  it('leaves the ids of transactions that were rolled back behind', async () => {
    const gone = await openWriter(history);
    await record(history, 'stays');
    await gone.rollBack();
    await sealAll();
    expect(await sealedIds()).toEqual(['2']);
    expect((await history.verify()).flaw).toBeUndefined();
  });

  it('seals every row once while many write, commit out of order and roll back', async () => {
    let isWriting = true;
    const sealing = [history.sealer(), history.sealer()].map(async (sealer) => {
      let seals = 0;
      while (isWriting) seals += await sealer.seal();
      return seals;
    });
    const writing = Array.from({ length: 8 }, async (_, writer) => {
      for (let turn = 0; turn < 40; turn += 1) {
        const open = await openWriter(history, 1 + ((writer + turn) % 4));
        if ((writer * 7 + turn) % 5 === 0) await open.rollBack();
        else await open.commit();
      }
    });
    await Promise.all(writing);
    isWriting = false;
    const [one = 0, two = 0] = await Promise.all(sealing);
    await sealAll();
    expect(one + two).toBeGreaterThan(3);
    expect(await sealedIds()).toEqual(await allIds());
    expect((await history.verify()).flaw).toBeUndefined();
  });

  it('loses nothing when its connection is killed between seal and commit', async () => {
    await history.write(10);
    const store = new SealStore();
    const killed = history.database.inTransaction(async (tx) => {
      expect(await store.isOurTurn(tx)).toBe(true);
      expect(await store.seal(tx, await store.head(tx), 10, 2000)).toBe(true);
      await rows(tx, 'SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(killed).rejects.toMatchObject({ code: 'database.away' });
    expect(await history.head()).toMatchObject({ seq: 0 });
    await sealAll();
    expect(await history.verify()).toMatchObject({ flaw: undefined, seals: 1, rows: 10 });
  });

  it('lets one of two at it', async () => {
    await history.write(10);
    const store = new SealStore();
    await history.database.inTransaction(async (tx) => {
      expect(await store.isOurTurn(tx)).toBe(true);
      expect(await history.sealer().seal()).toBe(0);
    });
    expect(await history.sealer().seal()).toBe(1);
  });

  it('goes on by itself when the database was away, and says so', async () => {
    const log = new PassThrough({ encoding: 'utf8' });
    const said = log[Symbol.asyncIterator]() as AsyncIterator<string>;
    const sealer = new AuditSealer(history.database, new SealStore(), pino(log));
    await history.write(10);
    await takeAway(history.testDatabase);
    sealer.onApplicationBootstrap();
    try {
      expect((await said.next()).value).toContain('audit.not_sealed');
      await giveBack(history.testDatabase);
      expect((await said.next()).value).toContain('audit.sealing_again');
      await sealAll(sealer);
      expect(await history.verify()).toMatchObject({ flaw: undefined, rows: 10 });
    } finally {
      await sealer.onApplicationShutdown();
      await giveBack(history.testDatabase);
    }
  });
});
