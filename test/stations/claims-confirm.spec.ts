import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei, proofOf } from './bench.js';
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

describe('a confirm', () => {
  it('takes the digest or the secret as its proof and counts the unit once', async () => {
    const orderId = await line.order();
    const byDigest = (await bench.claim(orderId, unit())).body;
    const bySecret = (await bench.claim(orderId, unit())).body;
    const { deviceName, deviceSecret } = bySecret.triple;
    const first = await bench.confirm(byDigest);
    expect(first).toMatchObject({ status: 200, body: { state: 'confirmed', proof: 'digest' } });
    expect(await bench.confirm(bySecret, { readBack: { deviceName, deviceSecret } })).toMatchObject(
      { status: 200, body: { state: 'confirmed', proof: 'secret' } },
    );
    const again = await bench.confirm(byDigest);
    expect({ ...again.body, changedAt: '' }).toEqual({ ...first.body, changedAt: '' });
    expect(await line.counters(orderId)).toMatchObject({ free: 2, leased: 0, confirmed: 2 });
    expect(await line.history(byDigest.claimId)).toHaveLength(2);
  });

  it('takes the digest in either case', async () => {
    const { body } = await bench.claim(await line.order(), unit());
    const { readBack } = proofOf(body) as { readBack: { secretDigest: string } };
    const upper = { ...readBack, secretDigest: readBack.secretDigest.toUpperCase() };
    expect(await bench.confirm(body, { readBack: upper })).toMatchObject({ status: 200 });
  });

  it('is refused when anything read back differs, and then nothing has changed', async () => {
    const orderId = await line.order();
    const { body } = await bench.claim(orderId, unit());
    const other = (await bench.claim(orderId, unit())).body;
    const { deviceName, deviceSecret } = body.triple;
    const right = (proofOf(body) as { readBack: { secretDigest: string } }).readBack;
    const flipped = right.secretDigest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    const otherName = other.triple.deviceName;
    for (const [readBack, differing] of [
      [{ deviceName, secretDigest: flipped }, ['secret']],
      [{ deviceName: otherName, secretDigest: right.secretDigest }, ['deviceName']],
      [{ deviceName: otherName, deviceSecret }, ['deviceName']],
      [{ deviceName, deviceSecret: other.triple.deviceSecret }, ['secret']],
      [{ deviceName, deviceSecret: deviceSecret.slice(1) }, ['secret']],
      [proofOf(other).readBack, ['deviceName', 'secret']],
    ] as const) {
      const answer = await bench.confirm(body, { readBack });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'claim.read_back_mismatch', data: { differing } },
      });
      const { detail } = answer.body as Shown & { detail: string };
      expect(detail.endsWith(`: ${differing.join(', ')}.`)).toBe(true);
    }
    expect(await line.counters(orderId)).toMatchObject({ leased: 2, confirmed: 0 });
    expect((await bench.show(body.claimId)).body.state).toBe('leased');
    await bench.confirm(body);
    const late = await bench.confirm(body, { readBack: { deviceName, secretDigest: flipped } });
    expect(late).toMatchObject(refused(422, 'claim.read_back_mismatch'));
    expect((await bench.show(body.claimId)).body.state).toBe('confirmed');
  });

  it('without a proof, or with two, is not understood and is told what is', async () => {
    const { body } = await bench.claim(await line.order(), unit());
    const { deviceName, deviceSecret } = body.triple;
    const secretDigest = 'a'.repeat(64);
    const message = 'deviceName with one of secretDigest, deviceSecret, fingerprint';
    for (const readBack of [{ deviceName }, { deviceName, deviceSecret, secretDigest }, 'OK']) {
      expect(await bench.confirm(body, { readBack })).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields: [{ path: 'readBack', message }] } },
      });
    }
  });

  it('with a digest that is none is not understood, and the field is named', async () => {
    const { body } = await bench.claim(await line.order(), unit());
    const { deviceName } = body.triple;
    const fields = [{ path: 'readBack.secretDigest', message: '64 hex digits' }];
    for (const secretDigest of ['', 'OK', 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64)]) {
      const answer = await bench.confirm(body, { readBack: { deviceName, secretDigest } });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', data: { fields } },
      });
    }
    expect((await bench.show(body.claimId)).body.state).toBe('leased');
  });

  it('comes too late after a fail or a void', async () => {
    const orderId = await line.order();
    const { body } = await bench.claim(orderId, unit());
    await bench.fail(body.claimId);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.not_leased'));
    await bench.void(body.claimId);
    expect(await bench.confirm(body)).toMatchObject(refused(409, 'claim.void'));
    expect(await line.counters(orderId)).toMatchObject({ confirmed: 0, void: 1 });
  });

  it('of a lease that is stale, or whose order has closed or expired, still holds', async () => {
    const orderId = await line.order();
    const grants = [];
    for (let count = 0; count < 3; count += 1)
      grants.push((await bench.claim(orderId, unit())).body);
    const [stale, closed, expired] = grants;
    if (!stale || !closed || !expired) throw new Error('three claims');
    await line.sql(`UPDATE claim SET lease_until = now() - interval '1 day' WHERE id = $1`, [
      stale.claimId.slice(4),
    ]);
    expect((await bench.show(stale.claimId)).body).toMatchObject({ state: 'leased', stale: true });
    expect(await bench.confirm(stale)).toMatchObject({
      body: { state: 'confirmed', stale: false },
    });
    await line.endOrder(orderId, `state = 'closed'`);
    expect(await bench.confirm(closed)).toMatchObject({ status: 200 });
    await line.endOrder(orderId, `state = 'open', expires_at = now() - interval '1 hour'`);
    expect(await bench.confirm(expired)).toMatchObject({ status: 200 });
  });

  it('of what a restart loses is for orders that accept it', async () => {
    const strict = (await bench.claim(await line.order(), unit())).body;
    const loose = (await bench.claim(await line.order({ acceptVolatile: true }), unit())).body;
    expect(await bench.confirm(strict, { volatile: true })).toMatchObject(
      refused(409, 'claim.volatile_not_accepted'),
    );
    expect((await bench.show(strict.claimId)).body.state).toBe('leased');
    expect(await bench.confirm(loose, { volatile: true })).toMatchObject({
      status: 200,
      body: { state: 'confirmed', volatile: true },
    });
  });
});
