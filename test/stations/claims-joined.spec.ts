import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { publicId } from '../../src/core/public-id.js';
import { readBackDigest } from '../../src/core/read-back.js';
import { Database } from '../../src/platform/database/database.js';
import { ClaimService } from '../../src/stations/claim.service.js';
import type { ClaimGrant } from '../../src/stations/claim.js';
import { freshImei } from './bench.js';
import { actor, recount } from './claim-copies.js';
import { startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let claims: ClaimService;
let database: Database;
let stationId: number;
beforeAll(async () => {
  line = await startClaimLine();
  claims = line.service.service.app.get(ClaimService);
  database = line.service.service.app.get(Database);
  stationId = numberOf(line.bench.stationId);
});
afterAll(async () => {
  await line.stop();
});

const numberOf = (id: string) => Number(id.split('-')[1]);
const units = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ slot: index + 1, unit: { imei: freshImei() } }));
const one = (orderId: string, unit = { imei: freshImei() }) =>
  claims.claim({ actor, stationId, orderId: numberOf(orderId), slot: null, unit });
const many = (orderId: string, asked: ReturnType<typeof units>) =>
  claims.claimAll({
    actor,
    stationId,
    orderId: numberOf(orderId),
    units: asked,
    isWhole: false,
  });

function confirmOf({ claimId, credential }: ClaimGrant) {
  if (credential.kind !== 'device-secret') throw new Error('no secret');
  const { deviceName, deviceSecret } = credential;
  const digest = readBackDigest(deviceSecret, publicId('clm', claimId));
  const secret = { kind: 'digest', digest } as const;
  return { actor, stationId, claimId, proof: { deviceName, secret }, isVolatile: false };
}

const codeOf = (error: unknown) => (error instanceof DomainError ? error.code : String(error));

async function expectExact(orderId: string): Promise<void> {
  const { kept, counted } = await recount(line.service, numberOf(orderId));
  expect(kept).toEqual(counted);
}

class Undone extends Error {}

describe('claims inside a larger transaction', () => {
  it('are there with it', async () => {
    const orderId = await line.order({}, 8);
    const done = await database.asOne(async () => {
      const grant = await one(orderId);
      const batch = await many(orderId, units(3));
      await claims.confirm(confirmOf(grant));
      const grants = batch.flatMap((result) => (result.ok ? [result.value] : []));
      const [first, second, third] = grants;
      if (!first || !second || !third) throw new Error('three grants');
      const confirmed = await claims.confirmAll([confirmOf(first), confirmOf(second)]);
      await claims.fail({ actor, stationId, claimId: third.claimId, reason: 'test' });
      return confirmed;
    });
    expect(done.map(({ ok }) => ok)).toEqual([true, true]);
    expect(await line.counters(orderId)).toMatchObject({ free: 4, confirmed: 3, failed: 1 });
    await expectExact(orderId);
  });

  it('are gone with it: nothing was leased, counted, told or attempted', async () => {
    const orderId = await line.order({}, 8);
    const before = await line.counters(orderId);
    const gone = database.asOne(async () => {
      const grant = await one(orderId);
      await claims.confirm(confirmOf(grant));
      await many(orderId, units(3));
      throw new Undone();
    });
    await expect(gone).rejects.toBeInstanceOf(Undone);
    expect(await line.counters(orderId)).toEqual(before);
    const [left] = await line.sql(
      `SELECT (SELECT count(*)::integer FROM claim WHERE order_id = $1) AS claims,
         (SELECT count(*)::integer FROM attempt WHERE order_id = $1) AS attempts,
         (SELECT count(*)::integer FROM audit_event WHERE order_id = $1
            AND action LIKE 'claim.%') AS told`,
      [numberOf(orderId)],
    );
    expect(left).toEqual({ claims: 0, attempts: 0, told: 0 });
    await expectExact(orderId);
  });

  it('that are refused leave it as it was, so that it can go on', async () => {
    const orderId = await line.order({ quota: 1 }, 4);
    const codes = await database.asOne(async () => [
      await one(orderId).then(({ attempt }) => attempt, codeOf),
      await one(orderId).catch(codeOf),
      await many(orderId, units(2)).then((all) => all.map((each) => each.ok || each.error.code)),
      await claims.fail({ actor, stationId, claimId: 99_999_999, reason: 'test' }).catch(codeOf),
    ]);
    const usedUp = 'order.quota_used_up';
    expect(codes).toEqual([1, usedUp, [usedUp, usedUp], 'claim.not_found']);
    expect(await line.counters(orderId)).toMatchObject({ leased: 1, remaining: 0 });
  });

  it('share out the last of a quota exactly, many at once', async () => {
    const orderId = await line.order({ quota: 10 }, 30);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        database.asOne(async () =>
          index % 2 === 0
            ? (await many(orderId, units(3))).map((each) => each.ok || each.error.code)
            : [await one(orderId).then(() => true, codeOf)],
        ),
      ),
    );
    const flat = answers.flat();
    expect(flat.filter((answer) => answer === true)).toHaveLength(10);
    expect(new Set(flat)).toEqual(new Set([true, 'order.quota_used_up']));
    await expectExact(orderId);
  });

  it('of the same units at once give each unit one triple', async () => {
    const orderId = await line.order({}, 20);
    const asked = units(4);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        database.asOne(() => many(orderId, index % 2 === 0 ? asked : asked.toReversed())),
      ),
    );
    const names = answers
      .flat()
      .map((each) => (each.ok ? each.value.credential.deviceName : each.error.code));
    expect(new Set(names).size).toBe(4);
    expect(await line.counters(orderId)).toMatchObject({ leased: 4, free: 16 });
    await expectExact(orderId);
  });
});
