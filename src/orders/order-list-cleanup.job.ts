import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Tx } from '../platform/database/transaction.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import type { JobKind } from '../platform/jobs/job-runner.js';
import { OrderListCleanupStore } from './order-list-cleanup.store.js';

/** Rows removed in one transaction. */
const chunkSize = 20_000;
/** Units: seconds without a row after which nobody works on an upload; no request lasts so long. */
const idleSeconds = 15 * 60;

/** Removes the staged rows of lists that were refused, given up, or left by a process that died. */
@Injectable()
export class OrderListCleanupJob implements JobKind, OnModuleInit {
  readonly name = 'list-cleanup';
  readonly lockSpace = 0x6c697374;

  constructor(
    private readonly runner: JobRunner,
    private readonly store: OrderListCleanupStore,
  ) {}

  onModuleInit(): void {
    this.runner.register(this);
  }

  async pending(tx: Tx): Promise<readonly number[]> {
    return await this.store.pending(tx, idleSeconds);
  }

  async chunk(tx: Tx, orderId: number): Promise<void> {
    if (!(await this.store.take(tx, orderId, idleSeconds))) return;
    const removed = await this.store.removeStaged(tx, orderId, chunkSize);
    if (removed === 0) await this.store.end(tx, orderId);
  }

  giveUp(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
