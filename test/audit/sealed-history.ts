import { pino } from 'pino';
import { AuditSealer } from '../../src/audit/audit-sealer.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { SealReaderStore } from '../../src/audit/seal-reader.store.js';
import { SealStore } from '../../src/audit/seal.store.js';
import type { SealHead } from '../../src/audit/sealing.js';
import { verifyHistory } from '../../src/audit/verify-history.js';
import type { HistoryVerdict, KeptHead } from '../../src/audit/verify-history.js';
import { Database } from '../../src/platform/database/database.js';
import { rows } from '../../src/platform/database/query.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/** A history on a database of its own, and all that seals and verifies it. */
export interface SealedHistory {
  readonly testDatabase: TestDatabase;
  readonly database: Database;
  /** Another sealer, as another copy of the service has one. */
  sealer(): AuditSealer;
  /** Writes rows, each in a transaction of its own; the detail of a row is `{"n": its number}`. */
  write(count: number): Promise<void>;
  head(): Promise<SealHead>;
  verify(keptHead?: KeptHead): Promise<HistoryVerdict>;
  /** Runs a statement as a superuser who gets round the triggers. */
  tamper(sql: string): Promise<void>;
  /** Verifies as if such statements had been run; afterwards all is as before. */
  verifyTampered(statements: readonly string[], keptHead?: KeptHead): Promise<HistoryVerdict>;
  drop(): Promise<void>;
}

export async function openHistory(): Promise<SealedHistory> {
  const testDatabase = await createTestDatabase({ poolSize: 20 });
  const database = new Database(testDatabase.dataSource);
  const store = new SealStore();
  const log = pino({ level: 'silent' });
  return {
    testDatabase,
    database,
    sealer: () => new AuditSealer(database, store, log),
    write: async (count) => {
      await rows(
        testDatabase.dataSource,
        `INSERT INTO audit_event (action, actor, address, unit, detail)
         SELECT 'claim.leased', 'station 产线-3', '10.0.0.1', NULL, jsonb_build_object('n', n)
         FROM generate_series(1, $1) AS n`,
        [count],
      );
    },
    head: () => store.head(database.single),
    verify: (keptHead) =>
      verifyHistory({ tx: database.single, store: new SealReaderStore(), keptHead }),
    tamper: async (sql) => {
      await database.inTransaction(async (tx) => {
        await rows(tx, 'SET LOCAL session_replication_role = replica');
        await rows(tx, sql);
      });
    },
    verifyTampered: async (statements, keptHead) => {
      const runner = testDatabase.dataSource.createQueryRunner();
      await runner.startTransaction();
      try {
        const tx = runner.manager;
        await rows(tx, 'SET LOCAL session_replication_role = replica');
        for (const sql of statements) await rows(tx, sql);
        return await verifyHistory({ tx, store: new SealReaderStore(), keptHead });
      } finally {
        await runner.rollbackTransaction();
        await runner.release();
      }
    },
    drop: () => testDatabase.drop(),
  };
}

/** Records one row in a transaction, as every deed does. */
export async function record(history: SealedHistory, label: string): Promise<void> {
  const actor = { label, address: null };
  await history.database.inTransaction((tx) =>
    new AuditStore().record(tx, { action: 'product.created', actor }),
  );
}

/** A transaction that has written and is still open. */
export interface OpenWriter {
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

/** Writes rows and leaves the transaction open. */
export async function openWriter(history: SealedHistory, count = 1): Promise<OpenWriter> {
  const runner = history.testDatabase.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query(
    `INSERT INTO audit_event (action, actor) SELECT 'claim.leased', 'x' FROM generate_series(1, $1)`,
    [count],
  );
  return {
    commit: async () => {
      await runner.commitTransaction();
      await runner.release();
    },
    rollBack: async () => {
      await runner.rollbackTransaction();
      await runner.release();
    },
  };
}
