import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei } from './bench.js';
import type { Bench, Shown } from './bench.js';
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

const unit = () => ({ imei: freshImei() });

describe('a fail', () => {
  it('twice is once, and the next claim of the unit is its next attempt', async () => {
    const orderId = await line.order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    const first = await bench.fail(body.claimId, 'no answer');
    expect(first).toMatchObject({
      status: 200,
      body: { state: 'failed', failReason: 'no answer' },
    });
    expect(await bench.fail(body.claimId, 'other words')).toMatchObject({
      status: 200,
      body: { state: 'failed', failReason: 'no answer' },
    });
    expect(await line.counters(orderId)).toMatchObject({ leased: 0, failed: 1, remaining: 3 });
    const { claimId, triple } = body;
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { claimId, triple, attempt: 2, reissued: true, order: { remaining: 3 } },
    });
    expect(await line.counters(orderId)).toMatchObject({ leased: 1, failed: 0, remaining: 3 });
  });

  it('does not touch what is confirmed or void', async () => {
    const orderId = await line.order();
    const done = (await bench.claim(orderId, unit())).body;
    const gone = (await bench.claim(orderId, unit())).body;
    await bench.confirm(done);
    await bench.void(gone.claimId);
    expect(await bench.fail(done.claimId)).toMatchObject(refused(409, 'claim.confirmed'));
    expect(await bench.fail(gone.claimId)).toMatchObject(refused(409, 'claim.void'));
    expect(await bench.fail('clm-999999')).toMatchObject(refused(404, 'claim.not_found'));
    expect(await bench.fail(done.claimId, 'a\0b')).toMatchObject(refused(422, 'request.invalid'));
  });
});

describe('a void', () => {
  it('keeps its place in the quota; its unit gets another triple, never that one', async () => {
    const orderId = await line.order({ quota: 2 });
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    expect(await bench.void(body.claimId)).toMatchObject({ status: 200, body: { state: 'void' } });
    expect(await bench.void(body.claimId)).toMatchObject({ status: 200, body: { state: 'void' } });
    expect(await line.counters(orderId)).toEqual({
      free: 3,
      leased: 0,
      failed: 0,
      confirmed: 0,
      void: 1,
      remaining: 1,
    });
    const next = await bench.claim(orderId, one);
    expect(next.status).toBe(201);
    expect(next.body.triple.deviceName).not.toBe(body.triple.deviceName);
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(409, 'order.quota_used_up'));
  });

  it('of a failed claim is possible, of a confirmed one not', async () => {
    const orderId = await line.order();
    const failed = (await bench.claim(orderId, unit())).body;
    const confirmed = (await bench.claim(orderId, unit())).body;
    await bench.fail(failed.claimId);
    await bench.confirm(confirmed);
    expect(await bench.void(failed.claimId)).toMatchObject({ status: 200 });
    const kept = await bench.void(confirmed.claimId);
    expect(kept).toMatchObject(refused(409, 'claim.confirmed'));
    const { detail } = kept.body as Shown & { detail: string };
    expect(detail).toContain(`an engineer may void ${confirmed.triple.deviceName}`);
    expect(await line.counters(orderId)).toMatchObject({ failed: 0, confirmed: 1, void: 1 });
  });

  it('of the device alone stops the claim', async () => {
    const { body } = await bench.claim(await line.order(), unit());
    await line.sql(`UPDATE device SET state = 'void' WHERE name = $1`, [body.triple.deviceName]);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.void'));
    expect(await bench.fail(body.claimId)).toMatchObject(refused(409, 'claim.void'));
  });
});

describe('a confirmed unit', () => {
  it('is shown its triple again for another attempt and stays confirmed', async () => {
    const orderId = await line.order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    await bench.confirm(body);
    const { claimId, triple } = body;
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { claimId, triple, reissued: true, attempt: 2 },
    });
    expect((await bench.show(claimId)).body.state).toBe('confirmed');
    expect(await line.counters(orderId)).toMatchObject({ leased: 0, confirmed: 1 });
  });

  it('is shown its triple also when the order has ended: it holds it already', async () => {
    const orderId = await line.order();
    const one = unit();
    const { body } = await bench.claim(orderId, one);
    await line.endOrder(orderId, `state = 'closed'`);
    expect(await bench.claim(orderId, one)).toMatchObject({
      status: 200,
      body: { triple: body.triple },
    });
    expect(await bench.claim(orderId, unit())).toMatchObject(refused(410, 'order.closed'));
  });
});
