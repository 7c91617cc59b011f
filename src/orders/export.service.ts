import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { DeviceSecrets } from '../devices/device-secrets.js';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { encryptionFor } from './export-encryption.js';
import type { Encryption } from './export-encryption.js';
import { fileFormats } from './export-formats.js';
import { ExportJournal } from './export-journal.js';
import { exportedRows } from './export-rows.js';
import type { RowSource, RowsGone } from './export-rows.js';
import { ExportStore } from './export.store.js';
import type { ExportRange, ExportedDevice } from './export.store.js';
import type { ExportRow, ExportWish } from './order-export.js';
import { OrderExportStore } from './order-export.store.js';

/** Devices read at once; the memory that an export needs does not grow with the order. */
const pageSize = 5000;

/** A file of triples on its way out. */
export interface ExportFile {
  readonly exportId: number;
  readonly name: string;
  readonly type: string;
  /** How many triples it should hold. */
  readonly expected: number;
  readonly stream: Readable;
  /** Tells the end of it. Shape: `isSent` when the reader has got all that the stream gave. */
  settle(isSent: boolean): Promise<void>;
}

/** Gives the triples of an order out as a file. */
@Injectable()
export class ExportService {
  constructor(
    private readonly database: Database,
    private readonly store: ExportStore,
    private readonly exports: OrderExportStore,
    private readonly secrets: DeviceSecrets,
    private readonly journal: ExportJournal,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Begins an export; voided triples are left out. It is in the history before its first byte.
   *
   * Shape: the stream is made as it is read. A failure half-way breaks it, so that nobody takes a
   * part for the whole; so does a number of triples that the counters of the order do not explain.
   * Errors: `export.recipient_invalid`, `order.not_found`, `order.minting`, `order.refused`,
   * `order.standing`.
   */
  async open(actor: Actor, wish: ExportWish): Promise<ExportFile> {
    const { orderId, format, cells, recipients } = wish;
    const encryption = recipients.length > 0 ? await encryptionFor(recipients) : undefined;
    const { range, exportId } = await this.#begin(actor, wish, encryption);
    const gone: RowsGone = { given: 0, lastId: range.first - 1, hasEnded: false };
    const told = { actor, orderId, productKey: range.productKey };
    const watch = this.journal.watch(exportId, told, gone);
    const settle = async (isSent: boolean): Promise<void> => {
      await watch.end(isSent && gone.hasEnded);
    };
    try {
      const source = await this.#source(orderId, range);
      const file = fileFormats[format].encode(this.#wholeRows(orderId, range, source, gone), cells);
      const sent = encryption ? await encryption.encrypt(file) : file;
      return {
        exportId,
        name: `${publicId('ord', orderId)}.${format}${encryption ? '.age' : ''}`,
        type: encryption ? 'application/octet-stream' : fileFormats[format].type,
        expected: range.count,
        stream: this.#logged(exportId, Readable.from(sent, { objectMode: false })),
        settle,
      };
    } catch (error) {
      await settle(false);
      throw error;
    }
  }

  /** Errors: `export.not_found`. */
  async get(orderId: number, exportId: number): Promise<ExportRow> {
    const row = await this.exports.find(this.database.single, orderId, exportId);
    if (row) return row;
    const detail = `ord-${orderId} has no export ${publicId('exp', exportId)}.`;
    throw new DomainError('export.not_found', detail);
  }

  /** Shape: newest first. */
  async list(orderId: number, before: number | null, limit: number): Promise<ExportRow[]> {
    return await this.exports.list(this.database.single, orderId, before, limit);
  }

  #logged(exportId: number, stream: Readable): Readable {
    return stream.once('error', (error) => {
      this.log.error({ err: error, exportId }, 'export.failed');
    });
  }

  async #begin(
    actor: Actor,
    { orderId, format, cells }: ExportWish,
    encryption: Encryption | undefined,
  ): Promise<{ readonly range: ExportRange; readonly exportId: number }> {
    return await this.database.inTransaction(async (tx) => {
      const range = await this.store.range(tx, orderId);
      assertExportable(orderId, range);
      const { first, last, count: expected, productKey } = range;
      const recipients = encryption?.fingerprints ?? [];
      const started = { actor, orderId, format, recipients, first, last, expected };
      const exportId = await this.journal.begin(tx, started, { productKey, cells });
      return { range, exportId };
    });
  }

  async #source(orderId: number, range: ExportRange): Promise<RowSource<ExportedDevice>> {
    const { productKey, kind, first, last } = range;
    const derive = await this.secrets.deriver(orderId);
    const tx = this.database.single;
    return {
      start: first - 1,
      page: (after) => this.store.page(tx, { orderId, kind }, after, last, pageSize),
      cells: ({ deviceName, generation, given }) => {
        const secret = derive({ productKey, deviceName, generation, given });
        return [productKey, deviceName, secret.expose()];
      },
    };
  }

  /** All rows, or an error in their place: a triple may be voided meanwhile, but none may be missing. */
  async *#wholeRows(
    orderId: number,
    { count }: ExportRange,
    source: RowSource<ExportedDevice>,
    gone: RowsGone,
  ): ReturnType<typeof exportedRows> {
    yield* exportedRows(source, gone);
    const now = await this.store.range(this.database.single, orderId);
    if (now && gone.given >= now.count && gone.given <= count) return;
    gone.hasEnded = false;
    throw new DomainError('internal', `${gone.given} triples of ${count} were there to export.`);
  }
}

function assertExportable(
  orderId: number,
  range: ExportRange | undefined,
): asserts range is ExportRange {
  if (!range) throw new DomainError('order.not_found', `There is no order ord-${orderId}.`);
  if (range.kind === 'standing') {
    throw new DomainError('order.standing', `ord-${orderId} is a standing order.`);
  }
  if (range.state === 'minting') throw new DomainError('order.minting', '');
  if (range.state === 'refused') throw new DomainError('order.refused', '');
}
