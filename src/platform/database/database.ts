import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rows } from './query.js';
import { inTransaction } from './transaction.js';
import type { Tx } from './transaction.js';

/** The one way from a service to PostgreSQL. */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs a closure as one transaction, again when PostgreSQL says that it met another.
   *
   * Errors: `database.away`; what the closure throws.
   */
  async inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await inTransaction(this.dataSource, work);
  }

  /** For single statements, which are their own transaction and need no BEGIN. */
  get single(): Tx {
    return this.dataSource.manager;
  }

  /** Errors: `database.away`. */
  async ping(): Promise<void> {
    await rows(this.single, 'SELECT 1', []);
  }
}
