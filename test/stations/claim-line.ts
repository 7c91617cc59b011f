import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { makeBench } from './bench.js';
import type { Bench } from './bench.js';

/** A service with one bench and one product, for tests that place order after order. */
export interface ClaimLine {
  readonly service: TestService;
  readonly bench: Bench;
  readonly productKey: string;
  /** Places an order of 4, unless told otherwise; answers its id. */
  order(rest?: object, quantity?: number): Promise<string>;
  /** The counters that claims move. */
  counters(orderId: string): Promise<Partial<ShownOrder>>;
  sql<T extends object = object>(text: string, params: readonly unknown[]): Promise<T[]>;
  /** Changes an order behind the back of the service, e.g. `state = 'closed'`. */
  endOrder(orderId: string, change: string): Promise<void>;
  /** What the history tells of a claim, oldest first. */
  history(claimId: string): Promise<object[]>;
  /** The ended attempts of a claim, oldest first. */
  attempts(claimId: string): Promise<object[]>;
  stop(): Promise<void>;
}

/** Starts it; call it in `beforeAll` and `stop()` in `afterAll`. */
export async function startClaimLine(
  settings: Readonly<Record<string, string>> = {},
): Promise<ClaimLine> {
  const service = await startTestService(settings);
  const bench = await makeBench(service);
  const { productKey } = await makeProduct(service);
  let orders = 0;
  const sql = <T extends object>(text: string, params: readonly unknown[]): Promise<T[]> =>
    rows<T>(service.database.dataSource, text, params);
  return {
    service,
    bench,
    productKey,
    sql,
    order: async (rest = {}, quantity = 4) => {
      const prefix = `unit${(orders += 1)}_`;
      return (await makeOrder(service, productKey, { quantity, prefix, ...rest })).orderId;
    },
    counters: async (orderId) => {
      const { body } = await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`);
      const { free, leased, failed, confirmed, remaining } = body;
      return { free, leased, failed, confirmed, void: body.void, remaining };
    },
    endOrder: async (orderId, change) => {
      await sql(`UPDATE production_order SET ${change} WHERE id = $1`, [Number(orderId.slice(4))]);
    },
    history: (claimId) =>
      sql(
        `SELECT action, actor, address, unit, device_name, product_key,
           'ord-' || order_id AS "orderId", detail
         FROM audit_event WHERE claim_id = $1 ORDER BY id`,
        [claimId.slice(4)],
      ),
    attempts: (claimId) =>
      sql(
        `SELECT attempt, outcome, reason, proof, is_volatile AS "isVolatile", slot, unit, firmware,
           iccid, started_at <= ended_at AS "isInOrder"
         FROM attempt WHERE claim_id = $1 ORDER BY attempt`,
        [claimId.slice(4)],
      ),
    stop: () => service.stop(),
  };
}

/** What a refusal looks like. */
export function refused(status: number, code: string): object {
  return { status, body: { code } };
}
