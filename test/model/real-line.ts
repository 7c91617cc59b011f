import { rows } from '../../src/platform/database/query.js';
import { makeBench, proofOf } from '../stations/bench.js';
import type { Bench, Grant } from '../stations/bench.js';
import { makeOrder } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import type { Deed, LineModel, UnitModel } from './line-model.js';
import type { Site } from './site.js';

/** An outcome as the model speaks of it. Shape: `200`, or `409 claim.void`. */
export interface Outcome {
  readonly said: string;
  readonly grant?: Grant | undefined;
}

let orders = 0;

/** One order of a real service, and the benches that work on it. */
export class RealLine {
  private constructor(
    readonly site: Site,
    readonly orderId: string,
    private readonly benches: readonly Bench[],
  ) {}

  static async open(
    site: Site,
    productKey: string,
    benches: readonly Bench[],
    { quantity, quota }: LineModel,
  ): Promise<RealLine> {
    const order = { quantity, quota, prefix: `model${(orders += 1)}_` };
    const { orderId } = await makeOrder(site, productKey, order);
    return new RealLine(site, orderId, benches);
  }

  static async enrol(site: Site, count: number): Promise<readonly Bench[]> {
    return await Promise.all(Array.from({ length: count }, () => makeBench(site)));
  }

  async claim(unit: UnitModel, bench: number): Promise<Outcome> {
    const answer = await this.#bench(bench).claim(this.orderId, { imei: unit.imei });
    return outcomeOf(answer.status, answer.body);
  }

  async claimAll(units: readonly UnitModel[], bench: number): Promise<Outcome[]> {
    const body = { orderId: this.orderId, units: units.map(({ imei }) => ({ imei })) };
    const { key } = this.#bench(bench);
    const { body: answer } = await this.site.call<{
      results: (
        | ({ ok: true; status: number } & Grant)
        | { ok: false; problem: { status: number; code: string } }
      )[];
    }>('POST', '/api/v1/claims/batch', body, key);
    return answer.results.map((result) =>
      result.ok
        ? { said: String(result.status), grant: result }
        : { said: `${result.problem.status} ${result.problem.code}` },
    );
  }

  async end(unit: UnitModel, bench: number, deed: Deed): Promise<Outcome> {
    const { claimId = 'clm-1', deviceName = '', deviceSecret = '' } = unit;
    const { key } = this.#bench(bench);
    const triple = { productKey: '', deviceName, deviceSecret };
    const body = deed === 'confirm' ? proofOf({ claimId, triple }) : { reason: deed };
    const path = `/api/v1/claims/${claimId}/${deed}`;
    const answer = await this.site.call<{ code?: string }>('POST', path, body, key);
    return outcomeOf(answer.status, answer.body);
  }

  async change(body: object): Promise<Outcome> {
    const path = `/api/v1/orders/${this.orderId}`;
    const answer = await this.site.call<{ code?: string }>('PATCH', path, body);
    return outcomeOf(answer.status, answer.body);
  }

  async close(): Promise<Outcome> {
    const path = `/api/v1/orders/${this.orderId}/close`;
    const answer = await this.site.call<{ code?: string }>('POST', path);
    return outcomeOf(answer.status, answer.body);
  }

  async expire(): Promise<void> {
    await rows(
      this.site.database.dataSource,
      `UPDATE production_order SET expires_at = now() - interval '1 second' WHERE id = $1`,
      [Number(this.orderId.slice('ord-'.length))],
    );
  }

  async show(): Promise<ShownOrder & { readonly quota: number }> {
    const path = `/api/v1/orders/${this.orderId}`;
    return (await this.site.call<ShownOrder & { readonly quota: number }>('GET', path)).body;
  }

  #bench(index: number): Bench {
    const bench = this.benches[index % this.benches.length];
    if (!bench) throw new Error('the line has no benches');
    return bench;
  }
}

function outcomeOf(status: number, body: { readonly code?: string }): Outcome {
  if (status >= 400) return { said: `${status} ${body.code ?? ''}` };
  return { said: String(status), grant: 'triple' in body ? (body as Grant) : undefined };
}
