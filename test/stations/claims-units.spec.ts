import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei } from './bench.js';
import type { Bench } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

const blankHere = '490154203237518';

let line: ClaimLine;
let bench: Bench;
beforeAll(async () => {
  line = await startClaimLine({
    BLANK_IMEIS: `${blankHere}, 260531793113837`,
    LEASE_SECONDS: '60',
  });
  ({ bench } = line);
});
afterAll(async () => {
  await line.stop();
});

const freshSn = () => `SN-${freshImei()}`;
const freshMac = () => freshImei().slice(2, 14);

describe('a unit that is known by one number', () => {
  it.each([
    ['by its SN alone, then by IMEI and SN', { sn: true }, { imei: true, sn: true }],
    ['by IMEI and SN, then by its SN alone', { imei: true, sn: true }, { sn: true }],
    ['by its MAC alone, then by IMEI and MAC', { mac: true }, { imei: true, mac: true }],
    ['by IMEI and MAC, then by its MAC alone', { imei: true, mac: true }, { mac: true }],
    ['by its MAC alone, then by SN and MAC', { mac: true }, { sn: true, mac: true }],
    ['by SN and MAC, then by its MAC alone', { sn: true, mac: true }, { mac: true }],
  ])('and comes back %s: gets no second triple, and nobody its first', async (_, first, then) => {
    const orderId = await line.order();
    const numbers = { imei: freshImei(), sn: freshSn(), mac: freshMac() };
    const told = (which: object) =>
      Object.fromEntries(Object.entries(numbers).filter(([kind]) => kind in which));
    const { body } = await bench.claim(orderId, told(first));
    const { claimId, triple } = body;
    const answer = await bench.claim(orderId, told(then));
    const heldBy = { orderId, claimId, deviceName: triple.deviceName };
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'unit.known_otherwise', data: { heldBy } },
    });
    expect(answer.text).not.toContain(triple.deviceSecret);
    const { data, detail } = answer.body as unknown as {
      data: { heldBy: { unit: string } };
      detail: string;
    };
    expect(detail).toContain(data.heldBy.unit);
    // The way out that the refusal names: the same numbers as at first.
    expect(await bench.claim(orderId, told(first))).toMatchObject({
      status: 200,
      body: { triple },
    });
    expect(await line.counters(orderId)).toMatchObject({ leased: 1, free: 3 });
    await bench.void(claimId);
    expect((await bench.claim(orderId, told(then))).status).toBe(201);
  });

  it('may come back with more numbers, as long as the one stays', async () => {
    const orderId = await line.order();
    const [imei, sn, mac] = [freshImei(), freshSn(), freshMac()];
    const { body } = await bench.claim(orderId, { imei });
    const again = await bench.claim(orderId, { imei, sn, mac });
    expect(again).toMatchObject({ status: 200, body: { triple: body.triple } });
    expect(await bench.claim(orderId, { sn })).toMatchObject(refused(409, 'unit.known_otherwise'));
    expect(await bench.claim(orderId, { mac })).toMatchObject(refused(409, 'unit.known_otherwise'));
  });

  it('gets its own triple also when another holds one by a number that it shows', async () => {
    const orderId = await line.order();
    const [imei, sn] = [freshImei(), freshSn()];
    const { body: own } = await bench.claim(orderId, { imei });
    const { body: other } = await bench.claim(orderId, { sn });
    const again = await bench.claim(orderId, { imei, sn });
    expect(again).toMatchObject({ status: 200, body: { triple: own.triple } });
    const shown = (await bench.show(own.claimId)).body as unknown as { unit: object };
    expect(shown.unit).toMatchObject({ imei, sn: null });
    expect(await bench.claim(orderId, { sn })).toMatchObject({ body: { triple: other.triple } });
  });

  it('and shares an SN with others of its lot is itself: the IMEIs differ', async () => {
    const orderId = await line.order();
    const sn = freshSn();
    const names = new Set<string>();
    for (let count = 0; count < 3; count += 1) {
      const { status, body } = await bench.claim(orderId, { imei: freshImei(), sn });
      expect(status).toBe(201);
      names.add(body.triple.deviceName);
    }
    expect(names.size).toBe(3);
  });

  it('and is confirmed or failed keeps its numbers to itself like one that is leased', async () => {
    const orderId = await line.order();
    const [one, other] = [freshSn(), freshSn()];
    const done = (await bench.claim(orderId, { sn: one })).body;
    const failed = (await bench.claim(orderId, { sn: other })).body;
    await bench.confirm(done);
    await bench.fail(failed.claimId);
    for (const sn of [one, other]) {
      const answer = await bench.claim(orderId, { imei: freshImei(), sn });
      expect(answer).toMatchObject(refused(409, 'unit.known_otherwise'));
    }
  });

  it('is asked for under both at once gets one triple', async () => {
    const orderId = await line.order({}, 40);
    for (let round = 0; round < 10; round += 1) {
      const [imei, sn] = [freshImei(), freshSn()];
      const answers = await Promise.all([
        bench.claim(orderId, { imei, sn }),
        bench.claim(orderId, { sn }),
        bench.claim(orderId, { imei, sn }),
      ]);
      const names = answers.flatMap(({ status, body }) => (status < 300 ? [body.triple] : []));
      expect(new Set(names.map(({ deviceName }) => deviceName)).size).toBe(1);
    }
    expect(await line.counters(orderId)).toMatchObject({ leased: 10, free: 30 });
  });
});

describe('an IMEI that the site knows as blank', () => {
  it('is refused, and so are those that everybody knows', async () => {
    const orderId = await line.order();
    for (const imei of [blankHere, '260531793113837', '000000000000000', '004999010640000']) {
      expect(await bench.claim(orderId, { imei })).toMatchObject(refused(422, 'unit.imei_blank'));
    }
    expect(await line.counters(orderId)).toMatchObject({ leased: 0 });
  });
});

describe('a lease', () => {
  it('is fresh for as long as the site has set, and stale after that, but never free', async () => {
    const orderId = await line.order({}, 1);
    const { body } = await bench.claim(orderId, { imei: freshImei() });
    const leaseMs = Date.parse(body.leaseUntil) - Date.now();
    expect(Math.abs(leaseMs - 60_000)).toBeLessThan(10_000);
    await line.sql(`UPDATE claim SET lease_until = now() - interval '1 day' WHERE id = $1`, [
      body.claimId.slice(4),
    ]);
    expect((await bench.show(body.claimId)).body).toMatchObject({ state: 'leased', stale: true });
    const other = await bench.claim(orderId, { imei: freshImei() });
    expect(other).toMatchObject(refused(409, 'order.quota_used_up'));
  });
});

describe('what a unit shows of itself', () => {
  it('is an observation: odd ICCIDs and firmware are kept as they are, never refused', async () => {
    const orderId = await line.order();
    for (const iccid of ['8986', '89860000000000000001F', 'no SIM', '中'.repeat(150)]) {
      const { status, body } = await bench.claim(orderId, {
        imei: freshImei(),
        iccid,
        firmware: `${iccid}\r\n`,
      });
      expect(status).toBe(201);
      const shown = (await bench.show(body.claimId)).body as unknown as { unit: object };
      const kept = iccid.slice(0, 100);
      expect(shown.unit).toMatchObject({ iccid: kept, firmware: kept });
    }
  });
});

describe('the firmware gate of an order', () => {
  it('lets through what fits, and refuses the rest before anything is leased', async () => {
    const allowed = ['NT35E_V2.*', 'NT26_100%'];
    const orderId = await line.order({ firmware: allowed });
    const unit = () => ({ imei: freshImei() });
    for (const firmware of ['NT35E_V2.', 'NT35E_V2.1', 'NT26_100%']) {
      expect((await bench.claim(orderId, { ...unit(), firmware })).status).toBe(201);
    }
    for (const firmware of [
      'NT35E_V1.1',
      'nt35e_v2.1',
      'NT35EXV2.1',
      'NT26_1000',
      undefined,
      ' ',
    ]) {
      const reported = firmware?.trim() || null;
      const one = unit();
      const answer = await bench.claim(orderId, { ...one, firmware });
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'unit.firmware_not_allowed', data: { orderId, reported, allowed } },
      });
      const { detail } = answer.body as unknown as { detail: string };
      expect(detail).toContain(`imei:${one.imei} ${reported ? `has ${reported}` : 'reports no'}`);
    }
    expect(await line.counters(orderId)).toMatchObject({ leased: 3, free: 1 });
  });

  it('holds for a unit that comes back: it goes back to be flashed, and keeps its triple', async () => {
    const orderId = await line.order({ firmware: ['V2'] });
    const imei = freshImei();
    const { body } = await bench.claim(orderId, { imei, firmware: 'V2' });
    expect(await bench.claim(orderId, { imei, firmware: 'V1' })).toMatchObject(
      refused(409, 'unit.firmware_not_allowed'),
    );
    expect(await bench.claim(orderId, { imei, firmware: 'V2' })).toMatchObject({
      status: 200,
      body: { triple: body.triple },
    });
  });

  it('takes `*` for anything and every other character for itself', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '*', '%', '_', '\\', '.'),
      maxLength: 6,
    });
    const pattern = text.filter((one) => one.length > 0);
    // The same unit again and again: one triple is enough.
    const [orderId, imei] = [await line.order(), freshImei()];
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 3 }), text, async (...gate) => {
        const [patterns, firmware] = gate;
        await line.sql('UPDATE production_order SET firmware = $2 WHERE id = $1', [
          orderId.slice(4),
          patterns,
        ]);
        const { body } = await bench.claim(orderId, { imei, firmware });
        const isRefused = body.code === 'unit.firmware_not_allowed';
        expect(isRefused).toBe(
          firmware === '' || !patterns.some((one) => meaningOf(one).test(firmware)),
        );
      }),
      { numRuns: 150 },
    );
  });
});

/** A pattern as a regular expression of the same meaning. */
function meaningOf(pattern: string): RegExp {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[\\.]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.*')}$`);
}
