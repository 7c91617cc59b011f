import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Secret } from '../../src/core/secret.js';
import { rows } from '../../src/platform/database/query.js';
import type { ClaimGrant } from '../../src/stations/claim.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { untilWaiting } from '../support/waiting.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench } from './bench.js';
import { actor, claimCopies, recount, secretOf } from './claim-copies.js';

let service: TestService;
let benches: Bench[];
let productKey: string;
let orders = 0;
beforeAll(async () => {
  service = await startTestService();
  benches = [await makeBench(service), await makeBench(service), await makeBench(service)];
  ({ productKey } = await makeProduct(service));
});
afterAll(async () => {
  await service.stop();
});

const order = (quantity: number, rest: object = {}) =>
  makeOrder(service, productKey, { quantity, prefix: `race${(orders += 1)}_`, ...rest });
const numberOf = (id: string) => Number(id.split('-')[1]);
const bench = (index: number): Bench => {
  const found = benches[index % benches.length];
  if (!found) throw new Error('no bench');
  return found;
};
const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function expectExact(orderId: string): Promise<void> {
  const { kept, counted } = await recount(service, numberOf(orderId));
  expect(kept).toEqual(counted);
}

describe('many clients at once', () => {
  it.each([
    ['as many triples as quota', 20],
    ['more triples than quota', 60],
  ])('get the quota and not one more, with %s', async (_, quantity) => {
    const { orderId } = await order(quantity, { quota: 20 });
    const answers = await times(40, (index) => bench(index).claim(orderId, { imei: freshImei() }));
    const granted = answers.filter(({ status }) => status === 201);
    expect(granted).toHaveLength(20);
    expect(new Set(granted.map(({ body }) => body.triple.deviceName)).size).toBe(20);
    expect(new Set(granted.map(({ body }) => body.triple.deviceSecret)).size).toBe(20);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 20 }, () => [409, 'order.quota_used_up']),
    );
    await expectExact(orderId);
  });

  it('and many copies of the service get the quota and not one more', async () => {
    for (const [quantity, quota] of [
      [30, 30],
      [90, 30],
    ] as const) {
      const { orderId } = await order(quantity, { quota });
      const copies = claimCopies(service, 8);
      const answers = await times(120, async (index) => {
        const copy = copies[index % copies.length];
        const request = {
          actor,
          stationId: numberOf(bench(index).stationId),
          orderId: numberOf(orderId),
          slot: null,
          unit: { imei: freshImei() },
        };
        return await copy?.claim(request).catch(codeOf);
      });
      const names = answers.flatMap((one) => (isGrant(one) ? [one.credential.deviceName] : []));
      expect(new Set(names).size).toBe(30);
      expect(names).toHaveLength(30);
      expect(new Set(answers.filter((one) => !isGrant(one)))).toEqual(
        new Set(['order.quota_used_up']),
      );
      await expectExact(orderId);
    }
  });

  it.each([
    ['the last triple', 1],
    ['the last place in the quota', 2],
  ])('that wait for %s at the same moment get it once', async (_, quantity) => {
    const { orderId } = await order(quantity, { quota: 1 });
    const holder = service.database.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`SELECT id FROM device WHERE order_id = ${numberOf(orderId)} FOR UPDATE`);
    const stationId = numberOf(bench(0).stationId);
    const claims = claimCopies(service, 2).map((copy) => {
      const unit = { imei: freshImei() };
      const request = { actor, stationId, orderId: numberOf(orderId), slot: null, unit };
      return copy.claim(request).catch(codeOf);
    });
    await untilWaiting(service.database.dataSource, 2);
    await holder.commitTransaction();
    await holder.release();
    const answers = await Promise.all(claims);
    expect(answers.filter(isGrant)).toHaveLength(1);
    expect(answers).toContain('order.quota_used_up');
    await expectExact(orderId);
  });

  it('get an honest answer when the stock is empty before the quota', async () => {
    const { orderId } = await order(30);
    await rows(
      service.database.dataSource,
      `UPDATE device SET disabled_at = now() WHERE order_id = $1
         AND id IN (SELECT id FROM device WHERE order_id = $1 ORDER BY id LIMIT 10)`,
      [numberOf(orderId)],
    );
    const answers = await times(40, (index) => bench(index).claim(orderId, { imei: freshImei() }));
    const codes = answers.map(({ status, body }) => body.code ?? status);
    expect(codes.filter((code) => code === 201)).toHaveLength(20);
    expect(codes.filter((code) => code === 'order.stock_empty')).toHaveLength(20);
    await expectExact(orderId);
  });
});

describe('claims and registrations of the same triples at once', () => {
  it('share them out exactly, and neither is kept waiting for ever', async () => {
    const { productKey: key, productSecret } = await makeProduct(service);
    const { orderId } = await makeOrder(service, key, {
      quantity: 40,
      quota: 30,
      prefix: 'both_',
      provisioning: 'product-secret',
    });
    const registered = times(40, async (index) => {
      const deviceName = `both_${String(index + 1).padStart(6, '0')}`;
      const content = `deviceName${deviceName}productKey${key}random1`;
      const sign = createHmac('sha256', productSecret).update(content).digest('hex');
      const fields = { productKey: key, deviceName, random: '1', sign, signMethod: 'hmacsha256' };
      const { code } = JSON.parse(await service.postDeviceForm(fields)) as { code: number };
      return code;
    });
    const claimed = times(40, (index) => bench(index).claim(orderId, { imei: freshImei() }));
    const codes = (await claimed).map(({ status, body }) => body.code ?? status);
    expect(new Set(codes.filter((code) => code !== 201))).toEqual(
      new Set(codes.includes('order.quota_used_up') ? ['order.quota_used_up'] : []),
    );
    expect(await registered).toContain(200);
    const { kept, counted } = await recount(service, numberOf(orderId));
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ shown: 30, leased: codes.filter((code) => code === 201).length });
  });
});

describe('the same unit', () => {
  it('from ten clients at once gets one triple', async () => {
    const { orderId } = await order(20);
    const imei = freshImei();
    const answers = await times(10, (index) => bench(index).claim(orderId, { imei }));
    for (const { status } of answers) expect([200, 201]).toContain(status);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.triple))).size).toBe(1);
    const { kept, counted } = await recount(service, numberOf(orderId));
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ leased: 1, shown: 1 });
  });

  it('on many copies of the service gets one triple, and one order wins', async () => {
    const [here, there] = [await order(20), await order(20)];
    const copies = claimCopies(service, 8);
    for (let round = 0; round < 10; round += 1) {
      const imei = freshImei();
      const answers = await times(16, async (index) => {
        const request = {
          actor,
          stationId: numberOf(bench(index).stationId),
          orderId: numberOf((index % 3 === 0 ? there : here).orderId),
          slot: index,
          unit: { imei },
        };
        return await copies[index % copies.length]?.claim(request).catch(codeOf);
      });
      const grants = answers.filter(isGrant);
      expect(new Set(grants.map(({ credential }) => secretOf(credential))).size).toBe(1);
      const orderIds = new Set(grants.map((grant) => grant.orderId));
      expect(orderIds.size).toBe(1);
      const losers = answers.filter((one) => !isGrant(one));
      expect(new Set(losers)).toEqual(new Set(['unit.bound_elsewhere']));
      expect(grants.filter(({ isReissued }) => !isReissued).length).toBeGreaterThan(0);
    }
    await expectExact(here.orderId);
    await expectExact(there.orderId);
  });
});

describe('a unit that is claimed again', () => {
  it('by many copies of the service after a failure is on its second attempt, not its ninth', async () => {
    const { orderId } = await order(20);
    const copies = claimCopies(service, 8);
    const by = { actor, stationId: numberOf(bench(0).stationId) };
    for (let round = 0; round < 15; round += 1) {
      const request = {
        ...by,
        orderId: numberOf(orderId),
        slot: null,
        unit: { imei: freshImei() },
      };
      const first = await copies[0]?.claim(request);
      await copies[0]?.fail({ ...by, claimId: first?.claimId ?? 0, reason: 'test' });
      const again = await Promise.all(copies.map((copy) => copy.claim(request)));
      expect(again.map(({ attempt }) => attempt)).toEqual(copies.map(() => 2));
    }
    await expectExact(orderId);
  });

  it('while it is voided gets another triple or none of its own back: a void is for ever', async () => {
    const { orderId } = await order(60);
    const copies = claimCopies(service, 8);
    const by = { actor, stationId: numberOf(bench(0).stationId) };
    for (let round = 0; round < 15; round += 1) {
      const request = {
        ...by,
        orderId: numberOf(orderId),
        slot: null,
        unit: { imei: freshImei() },
      };
      const { claimId = 0 } = (await copies[0]?.claim(request)) ?? {};
      await Promise.all(
        copies.map(async (copy, index) => {
          if (index % 4 === 0) await copy.void({ ...by, claimId, reason: 'test' });
          else await copy.claim(request);
        }),
      );
      expect((await copies[0]?.get(by.stationId, claimId))?.state).toBe('void');
      const after = await copies[0]?.claim(request);
      expect(after?.claimId).not.toBe(claimId);
    }
    await expectExact(orderId);
  });
});

describe('a claim that is confirmed, failed and voided at once', () => {
  it('ends in one state, and everybody is told which', async () => {
    const { orderId } = await order(60);
    const copies = claimCopies(service, 9);
    // Others are leased meanwhile, so that a wrong count would not fall below zero and be noticed.
    await times(15, (index) => bench(index).claim(orderId, { imei: freshImei() }));
    const by = { actor, stationId: numberOf(bench(0).stationId) };
    for (let round = 0; round < 20; round += 1) {
      const { body } = await bench(0).claim(orderId, { imei: freshImei() });
      const { deviceName, deviceSecret } = body.triple;
      const claimId = numberOf(body.claimId);
      const secret = { kind: 'secret', deviceSecret: new Secret(deviceSecret) } as const;
      const proof = { deviceName, secret };
      const answers = await Promise.all(
        copies.map(async (copy, index) => {
          const voids = round % 2 === 0;
          const work =
            index % 3 === 0
              ? copy.confirm({ ...by, claimId, proof, isVolatile: false })
              : index % 3 === 1 || !voids
                ? copy.fail({ ...by, claimId, reason: 'test' })
                : copy.void({ ...by, claimId, reason: 'test' });
          return await work.then(({ state }) => state, codeOf);
        }),
      );
      const { state } = (await bench(0).show(body.claimId)).body;
      expect(answers).toContain(state);
      const refusals = ['claim.not_leased', 'claim.confirmed', 'claim.void'];
      for (const answer of answers) expect(['failed', state, ...refusals]).toContain(answer);
      // What was once acknowledged as confirmed is never anything else afterwards.
      expect(answers.includes('confirmed')).toBe(state === 'confirmed');
      await expectExact(orderId);
    }
    await expectExact(orderId);
  });
});

function isGrant(answer: ClaimGrant | string | undefined): answer is ClaimGrant {
  return typeof answer === 'object';
}

function codeOf(error: unknown): string {
  if (error instanceof DomainError) return error.code;
  throw error;
}
