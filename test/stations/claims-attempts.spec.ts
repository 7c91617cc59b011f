import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Secret } from '../../src/core/secret.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { actor, claimCopies, recount } from './claim-copies.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let bench: Bench;
beforeAll(async () => {
  line = await startClaimLine();
  ({ bench } = line);
});
afterAll(async () => {
  await line.stop();
});

async function deviceDo(grant: Grant, what: string, body: object = {}): Promise<number> {
  const path = `/api/v1/devices/${line.productKey}/${grant.triple.deviceName}/${what}`;
  return (await line.service.call('POST', path, body)).status;
}

async function expectExact(orderId: string): Promise<void> {
  const { kept, counted } = await recount(line.service, Number(orderId.slice(4)));
  expect(kept).toEqual(counted);
}

/** A unit that was claimed and confirmed. */
async function confirmed(orderId: string, imei = freshImei()): Promise<Grant> {
  const { body } = await bench.claim(orderId, { imei });
  expect((await bench.confirm(body)).status).toBe(200);
  return body;
}

describe('every attempt', () => {
  it('is kept as it ended: where, with which firmware and SIM, why or by which proof', async () => {
    const orderId = await line.order({ acceptVolatile: true });
    const imei = freshImei();
    const seen = { iccid: '89860000000000000001', firmware: 'V1' };
    const { body: grant } = await bench.claim(orderId, { imei, ...seen }, 3);
    await bench.fail(grant.claimId, 'read-back differs');
    await bench.claim(orderId, { imei, firmware: 'V2' }, 4);
    await bench.confirm(grant, { volatile: true });
    const common = { unit: `imei:${imei}`, iccid: seen.iccid, isInOrder: true };
    expect(await line.attempts(grant.claimId)).toEqual([
      {
        ...common,
        attempt: 1,
        outcome: 'failed',
        reason: 'read-back differs',
        proof: null,
        isVolatile: false,
        slot: 3,
        firmware: 'V1',
      },
      {
        ...common,
        attempt: 2,
        outcome: 'confirmed',
        reason: null,
        proof: 'digest',
        isVolatile: true,
        slot: 4,
        firmware: 'V2',
      },
    ]);
  });

  it('is one however often the unit is claimed or its end is said', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    await bench.claim(orderId, { imei });
    await bench.fail(grant.claimId, 'one');
    await bench.fail(grant.claimId, 'two');
    expect(await line.attempts(grant.claimId)).toMatchObject([{ attempt: 1, reason: 'one' }]);
    await bench.claim(orderId, { imei });
    await bench.confirm(grant);
    await bench.confirm(grant);
    expect(await line.attempts(grant.claimId)).toHaveLength(2);
  });

  it('that is scrapped ends as void; scrapping what failed before ends none', async () => {
    const orderId = await line.order();
    const [open, failed] = [
      (await bench.claim(orderId, { imei: freshImei() })).body,
      (await bench.claim(orderId, { imei: freshImei() })).body,
    ];
    const voided = { status: 200, body: { state: 'void', failReason: 'dropped' } };
    expect(await bench.void(open.claimId, 'dropped')).toMatchObject(voided);
    await bench.fail(failed.claimId, 'mute');
    expect(await bench.void(failed.claimId, 'dropped')).toMatchObject(voided);
    expect(await bench.show(failed.claimId)).toMatchObject(voided);
    expect(await line.attempts(open.claimId)).toMatchObject([
      { attempt: 1, outcome: 'void', reason: 'dropped' },
    ]);
    expect(await line.attempts(failed.claimId)).toMatchObject([
      { attempt: 1, outcome: 'failed', reason: 'mute' },
    ]);
  });

  it('begins when the unit is claimed for it, and that is the station that ends it', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await bench.claim(orderId, { imei });
    await bench.fail(grant.claimId);
    const other = await makeBench(line.service);
    await other.claim(orderId, { imei });
    await other.confirm(grant);
    const found = await line.sql<{ station: string; isLater: boolean }>(
      `SELECT 'st-' || station_id AS station,
         started_at >= lag(ended_at, 1, started_at) OVER (ORDER BY attempt) AS "isLater"
       FROM attempt WHERE claim_id = $1 ORDER BY attempt`,
      [grant.claimId.slice(4)],
    );
    expect(found).toEqual([
      { station: bench.stationId, isLater: true },
      { station: other.stationId, isLater: true },
    ]);
  });

  it('that an engineer ends by voiding the device is void with his reason', async () => {
    const orderId = await line.order();
    const { body: open } = await bench.claim(orderId, { imei: freshImei() });
    const done = await confirmed(orderId);
    expect(await deviceDo(open, 'void', { reason: 'lost' })).toBe(200);
    expect(await deviceDo(done, 'void', { reason: 'recalled' })).toBe(200);
    expect(await line.attempts(open.claimId)).toMatchObject([{ outcome: 'void', reason: 'lost' }]);
    expect(await line.attempts(done.claimId)).toMatchObject([{ outcome: 'confirmed' }]);
    await expectExact(orderId);
  });

  it('after a reset is another one', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const before = await confirmed(orderId, imei);
    expect(await deviceDo(before, 'reset')).toBe(200);
    expect((await bench.show(before.claimId)).body).toMatchObject({ state: 'leased', attempt: 2 });
    expect(await bench.confirm(before)).toMatchObject(refused(422, 'claim.read_back_mismatch'));
    const { body: after } = await bench.claim(orderId, { imei });
    expect(after).toMatchObject({ claimId: before.claimId, attempt: 2 });
    expect(after.triple.deviceSecret).not.toBe(before.triple.deviceSecret);
    expect(await bench.confirm(after)).toMatchObject({ status: 200, body: { attempt: 2 } });
    expect(await line.attempts(after.claimId)).toMatchObject([
      { attempt: 1, outcome: 'confirmed' },
      { attempt: 2, outcome: 'confirmed' },
    ]);
    await expectExact(orderId);
  });
});

describe('a confirmed unit that reads back empty', () => {
  it('is claimed, written and confirmed again: the same triple, another attempt', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const first = await confirmed(orderId, imei);
    const id = first.claimId.slice(4);
    await line.sql(`UPDATE claim SET lease_until = now() - interval '1 hour' WHERE id = $1`, [id]);
    const { body: again } = await bench.claim(orderId, { imei });
    expect(Date.parse(again.leaseUntil)).toBeGreaterThan(Date.now());
    expect(again).toMatchObject({ claimId: first.claimId, triple: first.triple, attempt: 2 });
    expect((await bench.claim(orderId, { imei })).body.attempt).toBe(2);
    expect(await line.attempts(first.claimId)).toHaveLength(1);
    const { deviceName, deviceSecret } = again.triple;
    const readBack = { deviceName, deviceSecret };
    const body = { state: 'confirmed', attempt: 2, proof: 'secret', failReason: null };
    expect(await bench.confirm(again, { readBack })).toMatchObject({ status: 200, body });
    expect(await line.attempts(first.claimId)).toMatchObject([
      { attempt: 1, outcome: 'confirmed', proof: 'digest' },
      { attempt: 2, outcome: 'confirmed', proof: 'secret' },
    ]);
    expect((await line.history(first.claimId)).at(-1)).toMatchObject({
      action: 'claim.reconfirmed',
      detail: { attempt: 2, proof: 'secret' },
    });
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 1, leased: 0, failed: 0 });
    await expectExact(orderId);
  });

  it('and cannot be written stays confirmed and is doubted, until it is proven again', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const grant = await confirmed(orderId, imei);
    await bench.claim(orderId, { imei });
    const doubted = { state: 'confirmed', attempt: 2, proof: 'digest', failReason: 'reads empty' };
    expect(await bench.fail(grant.claimId, 'reads empty')).toMatchObject({
      status: 200,
      body: doubted,
    });
    expect(await bench.fail(grant.claimId, 'other words')).toMatchObject({
      status: 200,
      body: doubted,
    });
    expect((await bench.show(grant.claimId)).body).toMatchObject(doubted);
    expect((await line.history(grant.claimId)).at(-1)).toMatchObject({
      action: 'claim.doubted',
      detail: { attempt: 2, reason: 'reads empty' },
    });
    // Nobody gives this unit a new triple meanwhile, and a next attempt does not hide the doubt.
    const { body: third } = await bench.claim(orderId, { imei });
    expect(third).toMatchObject({ triple: grant.triple, attempt: 3 });
    expect((await bench.show(grant.claimId)).body.failReason).toBe('reads empty');
    expect(await bench.confirm(third)).toMatchObject({ status: 200, body: { failReason: null } });
    expect(await line.attempts(grant.claimId)).toMatchObject([
      { outcome: 'confirmed' },
      { outcome: 'failed', reason: 'reads empty' },
      { outcome: 'confirmed' },
    ]);
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 1, free: 3, remaining: 3 });
    await expectExact(orderId);
  });

  it('is not failed without an attempt, nor voided by its station: the refusal tells the way', async () => {
    const orderId = await line.order();
    const grant = await confirmed(orderId);
    for (const answer of [await bench.fail(grant.claimId), await bench.void(grant.claimId)]) {
      expect(answer).toMatchObject(refused(409, 'claim.confirmed'));
      const { action } = answer.body as unknown as { action: { en: string } };
      expect(action.en).toContain('claim it again, write the same triple and confirm');
    }
    await bench.claim(orderId, { imei: freshImei() });
    expect(await bench.void(grant.claimId)).toMatchObject(refused(409, 'claim.confirmed'));
    expect(await line.attempts(grant.claimId)).toHaveLength(1);
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 1, void: 0 });
  });

  it('is given up by an engineer, with the attempt that was open', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const grant = await confirmed(orderId, imei);
    await bench.claim(orderId, { imei });
    expect(await deviceDo(grant, 'void', { reason: 'dead flash' })).toBe(200);
    expect(await line.attempts(grant.claimId)).toMatchObject([
      { outcome: 'confirmed' },
      { outcome: 'void', reason: 'dead flash' },
    ]);
    const { status, body } = await bench.claim(orderId, { imei });
    expect(status).toBe(201);
    expect(body.triple.deviceName).not.toBe(grant.triple.deviceName);
    await expectExact(orderId);
  });

  it('and is confirmed and failed at once, by many copies of the service, ends that attempt once', async () => {
    const orderId = await line.order({}, 12);
    const copies = claimCopies(line.service, 6);
    for (let round = 0; round < 10; round += 1) {
      const imei = freshImei();
      const grant = await confirmed(orderId, imei);
      await bench.claim(orderId, { imei });
      const { deviceName, deviceSecret } = grant.triple;
      const by = { actor, stationId: numberOf(bench.stationId), claimId: numberOf(grant.claimId) };
      const secret = { kind: 'secret', deviceSecret: new Secret(deviceSecret) } as const;
      const proof = { deviceName, secret };
      const answers = await Promise.all(
        copies.map((copy, index) =>
          (index % 2 === 0
            ? copy.confirm({ ...by, proof, isVolatile: false })
            : copy.fail({ ...by, reason: 'test' })
          ).then(({ state }) => state, codeOf),
        ),
      );
      // Who says fail after the unit was proven again is told so; nobody is left without an answer.
      for (const answer of answers) expect(['confirmed', 'claim.confirmed']).toContain(answer);
      expect(await line.attempts(grant.claimId)).toHaveLength(2);
    }
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 10, failed: 0, leased: 0 });
    await expectExact(orderId);
  });
});

const numberOf = (id: string) => Number(id.split('-')[1]);
const codeOf = (error: unknown) => (error instanceof DomainError ? error.code : String(error));
