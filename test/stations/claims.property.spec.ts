import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { publicId } from '../../src/core/public-id.js';
import { readBackDigest } from '../../src/core/read-back.js';
import { Secret } from '../../src/core/secret.js';
import { rows } from '../../src/platform/database/query.js';
import type { ClaimService } from '../../src/stations/claim.service.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import { actor, claimCopies, recount, secretOf } from './claim-copies.js';

const unitCount = 8;
const stationCount = 3;
const expected = [
  'unit.bound_elsewhere',
  'order.quota_used_up',
  'claim.not_found',
  'claim.not_leased',
  'claim.confirmed',
  'claim.void',
  'claim.read_back_mismatch',
];

let service: TestService;
let productKey: string;
let stationIds: number[];
let runs = 0;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  stationIds = [];
  for (let count = 0; count < stationCount; count += 1) {
    stationIds.push(Number((await makeBench(service)).stationId.slice(3)));
  }
});
afterAll(async () => {
  await service.stop();
});

type Step = {
  readonly what: 'claim' | 'confirm' | 'lie' | 'fail' | 'void';
  readonly unit: number;
  readonly station: number;
  readonly order: number;
  readonly copy: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    'claim',
    'claim',
    'claim',
    'confirm',
    'confirm',
    'lie',
    'fail',
    'fail',
    'void',
  ),
  unit: fc.nat(unitCount - 1),
  station: fc.nat(stationCount - 1),
  order: fc.nat(1),
  copy: fc.nat(3),
});

/** One history: what every unit was ever shown, as its clients saw it. */
class World {
  readonly units = Array.from({ length: unitCount }, () => freshImei());
  readonly shown = new Map<string, Set<string>>();
  readonly confirmed = new Set<string>();
  readonly #last = new Map<number, { claimId: number; deviceName: string; secret: string }>();

  constructor(
    readonly copies: readonly ClaimService[],
    readonly orderIds: readonly number[],
  ) {}

  async run(one: Step): Promise<void> {
    try {
      await this.#run(one);
    } catch (error) {
      if (!(error instanceof DomainError) || !expected.includes(error.code)) throw error;
    }
  }

  async #run({ what, unit, station, order, copy }: Step): Promise<void> {
    const claims = this.copies[copy];
    const imei = this.units[unit] ?? '';
    const by = { actor, stationId: stationIds[station] ?? 0 };
    const held = this.#last.get(unit);
    if (what === 'claim') {
      const orderId = this.orderIds[order] ?? 0;
      const grant = await claims?.claim({ ...by, orderId, slot: null, unit: { imei } });
      if (!grant) return;
      const { deviceName } = grant.credential;
      const units = this.shown.get(deviceName) ?? new Set();
      this.shown.set(deviceName, units.add(imei));
      const secret = secretOf(grant.credential);
      this.#last.set(unit, { claimId: grant.claimId, deviceName, secret });
    } else if (held) {
      const { claimId, deviceName } = held;
      if (what === 'fail' || what === 'void') {
        await claims?.[what]({ ...by, claimId, reason: 'test' });
        return;
      }
      const secret = new Secret(what === 'lie' ? 'x' : held.secret);
      const digest = readBackDigest(secret, publicId('clm', claimId));
      const proof = { deviceName, secret: { kind: 'digest', digest } } as const;
      await claims?.confirm({ ...by, claimId, proof, isVolatile: false });
      if (what === 'lie') throw new Error('a wrong digest was confirmed');
      this.confirmed.add(deviceName);
    }
  }
}

describe('any history of racing claims, confirms, fails and voids', () => {
  it('keeps every rule: counters exact, no triple on two units, no unit with two', async () => {
    const history = fc.array(step, { minLength: 80, maxLength: 160, size: 'max' });
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const world = await playOn(steps);
        for (const units of world.shown.values()) expect(units.size).toBe(1);
        for (const orderId of world.orderIds) {
          const { kept, counted } = await recount(service, orderId);
          expect(kept).toEqual(counted);
          expect(await auditOf(orderId)).toEqual({
            leased: kept.shown,
            confirmed: kept.confirmed,
            voided: kept.void,
            mismatched: 0,
            miscounted: 0,
          });
        }
        expect(await confirmedNames(world.orderIds)).toEqual([...world.confirmed].sort());
      }),
      // What a race showed once it need not show again in a shorter history.
      { numRuns: 20, endOnFailure: true },
    );
  }, 120_000);
});

async function playOn(steps: readonly Step[]): Promise<World> {
  runs += 1;
  const made = [
    await makeOrder(service, productKey, { quantity: 30, quota: 6, prefix: `a${runs}_` }),
    await makeOrder(service, productKey, { quantity: 30, prefix: `b${runs}_` }),
  ];
  const orderIds = made.map(({ orderId }) => Number(orderId.slice(4)));
  const world = new World(claimCopies(service, 4), orderIds);
  // Waves, so that what one wave was granted is confirmed, failed and claimed again by the next.
  for (let from = 0; from < steps.length; from += 20) {
    await Promise.all(steps.slice(from, from + 20).map((one) => world.run(one)));
  }
  return world;
}

/**
 * What the audit tells of an order; `mismatched` counts claims whose last entry is not their state,
 * `miscounted` those that do not have one row for each attempt that ended.
 */
async function auditOf(orderId: number): Promise<object | undefined> {
  const [row] = await rows(
    service.database.dataSource,
    `SELECT count(*) FILTER (WHERE action = 'claim.leased')::integer AS leased,
       count(*) FILTER (WHERE action = 'claim.confirmed')::integer AS confirmed,
       count(*) FILTER (WHERE action = 'claim.voided')::integer AS voided,
       (SELECT count(*)::integer FROM claim c, LATERAL (SELECT action FROM audit_event a
          WHERE a.claim_id = c.id AND (a.action <> 'claim.reissued' OR c.state = 'leased')
          ORDER BY a.id DESC LIMIT 1) l
        WHERE c.order_id = $1 AND l.action <> ALL (CASE c.state
          WHEN 'leased' THEN ARRAY['claim.leased', 'claim.reissued']
          WHEN 'confirmed' THEN ARRAY['claim.confirmed', 'claim.reconfirmed', 'claim.doubted']
          WHEN 'void' THEN ARRAY['claim.voided'] ELSE ARRAY['claim.' || c.state] END)) AS mismatched,
       (SELECT count(*)::integer FROM claim c WHERE c.order_id = $1
          AND (SELECT count(*) FROM attempt a WHERE a.claim_id = c.id)
            <> c.attempt - (c.ended_at IS NULL)::integer) AS miscounted
     FROM audit_event WHERE order_id = $1`,
    [orderId],
  );
  return row;
}

async function confirmedNames(orderIds: readonly number[]): Promise<string[]> {
  const found = await rows<{ name: string }>(
    service.database.dataSource,
    `SELECT name FROM device WHERE order_id = ANY ($1) AND state = 'confirmed' ORDER BY name`,
    [orderIds],
  );
  return found.map(({ name }) => name);
}
