import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterCommit, joinTransaction, joinedTransaction } from './joined-transaction.js';
import type { AfterCommit } from './joined-transaction.js';
import { rows } from './query.js';
import { inSavepoint, inTransaction } from './transaction.js';
import type { Tx } from './transaction.js';

/**
 * The one way from a service to PostgreSQL.
 *
 * Shape: inside `asOne` everything below joins that one transaction, as a part that can be undone.
 */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs a closure as one transaction, again when PostgreSQL says that it met another.
   *
   * Errors: `database.away`; what the closure throws.
   */
  async inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { joined } = this;
    if (joined) return await inSavepoint(joined, () => work(joined));
    return await inTransaction(this.dataSource, work);
  }

  /** For single statements, which are their own transaction and need no BEGIN. */
  get single(): Tx {
    return this.joined ?? this.dataSource.manager;
  }

  /** The transaction of `asOne` that the caller is part of; what is not told `tx` must ask for it. */
  get joined(): Tx | undefined {
    return joinedTransaction();
  }

  /** Makes one transaction of a piece of work and of all it calls. See `joinTransaction`. */
  async asOne<T>(
    work: (tx: Tx) => Promise<T>,
    onTrouble: (error: unknown) => void = () => undefined,
  ): Promise<T> {
    return await joinTransaction(this.dataSource, work, onTrouble);
  }

  /** Runs work when the deed that was just done is committed. See `afterCommit`. */
  async afterCommit(work: AfterCommit): Promise<void> {
    await afterCommit(work);
  }

  /** Errors: `database.away`. */
  async ping(): Promise<void> {
    await rows(this.single, 'SELECT 1', []);
  }
}
