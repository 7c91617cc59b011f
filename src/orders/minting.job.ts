import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import { systemActor } from '../audit/audit-event.js';
import { constraintOf } from '../platform/database/pg-errors.js';
import type { Tx } from '../platform/database/transaction.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import type { JobKind } from '../platform/jobs/job-runner.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import { mintChunk } from './minting-chunk.js';
import { MintingChunkStore } from './minting-chunk.store.js';
import { MintingStore } from './minting.store.js';
import type { MintingCursor } from './minting.store.js';
import { NamesStore } from './names.store.js';

/** Devices minted in one transaction; a smaller number waits more often for the disk. */
const chunkSize = 20_000;
/** From this quantity on an order changes how statements ought to be planned. */
const largeQuantity = 1_000;
/** Offending names that a refused order tells. */
const namesTold = 10;

/** Mints orders in the background: a killed service goes on where its last commit was. */
@Injectable()
export class MintingJob implements JobKind, OnModuleInit {
  readonly name = 'minting';
  readonly lockSpace = 0x6d696e74;

  constructor(
    private readonly runner: JobRunner,
    private readonly store: MintingStore,
    private readonly chunks: MintingChunkStore,
    private readonly names: NamesStore,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.runner.register(this);
  }

  async pending(tx: Tx): Promise<readonly number[]> {
    return await this.store.pendingOrders(tx);
  }

  async chunk(tx: Tx, orderId: number): Promise<void> {
    const cursor = await this.store.cursor(tx, orderId);
    if (!cursor) return;
    const to = Math.min(cursor.minted + chunkSize, cursor.quantity);
    const minted = await mintChunk(this.chunks, tx, {
      ...cursor,
      orderId,
      from: cursor.minted,
      to,
    });
    const hasMoved = await this.store.advance(tx, orderId, cursor.minted, minted);
    if (!hasMoved) throw new Error('the minting cursor was moved under the lock');
    if (to < cursor.quantity) await this.store.commitLazily(tx);
    const isBorder = cursor.minted === 0 || to === cursor.quantity;
    if (isBorder && cursor.quantity >= largeQuantity) await this.store.analyse(tx);
    this.log.debug({ orderId, minted: to, quantity: cursor.quantity }, 'order.chunk_minted');
    if (to === cursor.quantity) await this.#open(tx, orderId, cursor);
  }

  /** A name that another order took meanwhile refuses the order as a whole. */
  async giveUp(tx: Tx, orderId: number, error: unknown): Promise<boolean> {
    if (constraintOf(error) !== 'device_product_id_name_key') return false;
    const cursor = await this.store.cursor(tx, orderId);
    if (!cursor) return false;
    const { productId, naming, productKey } = cursor;
    const taken = await this.names.taken(tx, { ...cursor, orderId }, namesTold);
    if (naming.kind === 'list') await this.names.markTaken(tx, orderId, productId);
    const refusal = { code: 'order.names_taken', names: taken };
    await this.store.end(tx, orderId, 'refused', refusal);
    const event = { actor: systemActor, productKey, orderId, detail: refusal };
    await this.audit.record(tx, { action: 'order.refused', ...event });
    return true;
  }

  async #open(tx: Tx, orderId: number, cursor: MintingCursor): Promise<void> {
    const { productKey, quantity } = cursor;
    await this.store.open(tx, orderId);
    const event = { actor: systemActor, productKey, orderId, detail: { quantity } };
    await this.audit.record(tx, { action: 'order.opened', ...event });
    // Refusals of its devices may be remembered somewhere.
    await this.signals.send(tx, 'device', productKey);
  }
}
