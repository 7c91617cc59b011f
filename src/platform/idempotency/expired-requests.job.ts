import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Tx } from '../database/transaction.js';
import { JobRunner } from '../jobs/job-runner.js';
import type { JobKind } from '../jobs/job-runner.js';
import { IdempotencyStore } from './idempotency.store.js';

/** Requests removed in one transaction. */
const chunkSize = 500;
/** There is one such job. */
const only = 1;

/** Removes requests that have been kept for seven days, in the background. */
@Injectable()
export class ExpiredRequestsJob implements JobKind, OnModuleInit {
  readonly name = 'idempotency';
  readonly lockSpace = 0x6964656d;

  constructor(
    private readonly runner: JobRunner,
    private readonly store: IdempotencyStore,
  ) {}

  onModuleInit(): void {
    this.runner.register(this);
  }

  async pending(tx: Tx): Promise<readonly number[]> {
    return (await this.store.hasExpired(tx)) ? [only] : [];
  }

  async chunk(tx: Tx): Promise<void> {
    await this.store.removeExpired(tx, chunkSize);
  }

  /** What cannot be removed now is tried again. */
  giveUp(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
