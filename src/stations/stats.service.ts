import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { Database } from '../platform/database/database.js';
import type { Repeats, StatsScope, Tally } from './stats.js';
import { StatsStore } from './stats.store.js';

/** Whose work is counted. Shape: what is left out is no condition. */
export interface StatsRequest {
  readonly orderId?: number;
  readonly productKey?: string | undefined;
  readonly stationId?: number | undefined;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** What was counted, all of one moment. */
export interface Counted {
  readonly asOf: Date;
  readonly tallies: readonly Tally[];
  readonly repeats: Repeats;
  readonly stationNames: ReadonlyMap<number, string>;
}

/** Units: ms; what took longer is remembered ten times as long, but not longer than a minute. */
const costlyMs = 500;
const rememberedTimes = 10;
const longestMemoryMs = 60_000;
/** Answers that are under way or remembered; past that nothing is. */
const mostRemembered = 100;

/** Figures of the line, counted from its attempts when they are asked for. */
@Injectable()
export class StatsService {
  readonly #recent = new Map<string, Promise<Counted>>();

  constructor(
    private readonly database: Database,
    private readonly store: StatsStore,
  ) {}

  /**
   * Counts the attempts of a scope. Shape: a costly answer may be up to a minute old, `asOf` tells.
   *
   * Errors: `order.not_found`, `product.not_found`.
   */
  async count(request: StatsRequest): Promise<Counted> {
    const key = JSON.stringify(request);
    const known = this.#recent.get(key);
    if (known) return await known;
    const answer = this.#count(request);
    if (this.#recent.size < mostRemembered) this.#remember(key, answer);
    return await answer;
  }

  #remember(key: string, answer: Promise<Counted>): void {
    const beganMs = performance.now();
    const forget = (): void => void this.#recent.delete(key);
    this.#recent.set(key, answer);
    answer.then(() => {
      const tookMs = performance.now() - beganMs;
      if (tookMs < costlyMs) forget();
      else setTimeout(forget, Math.min(tookMs * rememberedTimes, longestMemoryMs)).unref();
    }, forget);
  }

  async #count(request: StatsRequest): Promise<Counted> {
    const scope = await this.#scope(request);
    return await this.database.inTransaction(async (tx) => {
      await this.store.freeze(tx);
      const asOf = new Date();
      const tallies = await this.store.tallies(tx, scope);
      const repeats = await this.store.repeats(tx, scope);
      const stations = tallies.flatMap((tally) => (tally.by === 'place' ? [tally.stationId] : []));
      const stationNames = await this.store.stationNames(tx, [...new Set(stations)]);
      return { asOf, tallies, repeats, stationNames };
    });
  }

  async #scope({ orderId, productKey, stationId, ...time }: StatsRequest): Promise<StatsScope> {
    const station = stationId ?? null;
    const tx = this.database.single;
    if (orderId !== undefined) {
      if (await this.store.orderExists(tx, orderId)) {
        return { orderIds: [orderId], stationId: station, ...time };
      }
      throw new DomainError('order.not_found', `There is no order ${publicId('ord', orderId)}.`);
    }
    // An index leads from a station to its attempts, another from orders to theirs.
    if (station !== null && productKey === undefined) {
      return { orderIds: null, stationId: station, ...time };
    }
    const orderIds = await this.store.orderIds(tx, productKey);
    if (orderIds) return { orderIds, stationId: station, ...time };
    throw new DomainError('product.not_found', `There is no product ${productKey ?? ''}.`);
  }
}
