import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestService } from '../support/service.js';
import { freshImei } from './bench.js';
import type { Bench, Shown } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let service: TestService;
let bench: Bench;
let productKey: string;
beforeAll(async () => {
  line = await startClaimLine();
  ({ service, bench, productKey } = line);
});
afterAll(async () => {
  await line.stop();
});

const unit = () => ({ imei: freshImei() });

describe('the history of a claim', () => {
  it('tells every step with who, where, which unit and which triple, and no secret', async () => {
    const orderId = await line.order({ acceptVolatile: true });
    const imei = freshImei();
    const { body } = await bench.claim(orderId, { imei }, 4);
    await bench.fail(body.claimId, 'no OK');
    await bench.claim(orderId, { imei }, 4);
    await bench.confirm(body, { volatile: true });
    const { stationId } = bench;
    const common = {
      actor: expect.stringMatching(/^key-\d+ \(station bench/) as string,
      address: '127.0.0.1',
      unit: `imei:${imei}`,
      device_name: body.triple.deviceName,
      product_key: productKey,
      orderId,
    };
    const at = (attempt: number) => ({ station: stationId, slot: 4, attempt });
    const told = await line.history(body.claimId);
    expect(told).toEqual([
      { ...common, action: 'claim.leased', detail: at(1) },
      { ...common, action: 'claim.failed', detail: { ...at(1), reason: 'no OK' } },
      { ...common, action: 'claim.reissued', detail: at(2) },
      {
        ...common,
        action: 'claim.confirmed',
        detail: { ...at(2), proof: 'digest', volatile: true },
      },
    ]);
    const voided = (await bench.claim(orderId, unit())).body;
    await bench.void(voided.claimId, 'dropped');
    expect((await line.history(voided.claimId)).at(-1)).toMatchObject({
      action: 'claim.voided',
      detail: { station: stationId, reason: 'dropped' },
    });
    const secrets = [body.triple.deviceSecret, voided.triple.deviceSecret];
    for (const text of [JSON.stringify(told), service.log()]) {
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('is kept for the claim alone: a station asks for its own, by number', async () => {
    const { body } = await bench.claim(await line.order(), unit());
    const shown = await bench.show(body.claimId);
    expect(shown.text).not.toContain(body.triple.deviceSecret);
    expect(await bench.show('clm-999999')).toMatchObject(refused(404, 'claim.not_found'));
    expect(await bench.show('ord-1')).toMatchObject(refused(422, 'request.invalid'));
    const named = `/api/v1/claims/${body.claimId}?station=${bench.stationId}`;
    expect((await service.call<Shown>('GET', named)).body.claimId).toBe(body.claimId);
  });
});
