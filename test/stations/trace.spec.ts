import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registrationForm } from '../support/registering.js';
import { makeProduct } from '../support/orders.js';
import type { Answer } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { refused, startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';
import { tracer } from './trace-page.js';
import type { TracePage } from './trace-page.js';

let line: ClaimLine;
let one: Bench;
let other: Bench;
let trace: (identity: string, key?: string) => Promise<Answer<TracePage>>;
let ask: (query: string, key?: string) => Promise<Answer<TracePage>>;
beforeAll(async () => {
  line = await startClaimLine();
  one = line.bench;
  other = await makeBench(line.service, 'SZX-L2-01');
  ({ trace, ask } = tracer(line.service));
});
afterAll(async () => {
  await line.stop();
});

const claimIds = ({ body }: Answer<TracePage>) => body.items.map(({ claim }) => claim?.claimId);
let serial = 0;
const freshIccid = (): string => `8986${String((serial += 1)).padStart(16, '0')}`;

describe('the trace of a unit', () => {
  it('tells who, where, when, for which order, and every attempt with its outcome', async () => {
    const orderId = await line.order({ note: 'WO-2611-07' });
    const imei = freshImei();
    const unit = { imei, sn: `S${imei}`, iccid: freshIccid(), firmware: 'V1' };
    const began = Date.now();
    const { body: grant } = await one.claim(orderId, unit, 3);
    await one.fail(grant.claimId, 'write_refused');
    const { body: again } = await other.claim(orderId, { ...unit, firmware: 'V2' }, 5);
    await other.confirm(again);
    const { status, body } = await trace(imei);
    expect(status).toBe(200);
    expect(body).toMatchObject({ matchedBy: 'imei', runsWithoutClaim: [], nextCursor: null });
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      unit: { identity: `imei:${imei}`, ...unit, firmware: 'V2', mac: null },
      device: {
        productKey: line.productKey,
        productName: 'test product',
        deviceName: grant.triple.deviceName,
        state: 'confirmed',
        activatedAt: null,
        online: false,
        registeredFrom: null,
      },
      order: { orderId, state: 'open', provisioning: 'device-secret', note: 'WO-2611-07' },
      claim: {
        claimId: grant.claimId,
        state: 'confirmed',
        stale: false,
        attempt: 2,
        stationId: other.stationId,
        stationName: 'SZX-L2-01',
        slot: 5,
        proof: 'digest',
        volatile: false,
      },
      attempts: [
        {
          attempt: 2,
          outcome: 'confirmed',
          reason: null,
          proof: 'digest',
          stationId: other.stationId,
          slot: 5,
          firmware: 'V2',
          runId: null,
        },
        {
          attempt: 1,
          outcome: 'failed',
          reason: 'write_refused',
          proof: null,
          stationId: one.stationId,
          slot: 3,
          firmware: 'V1',
        },
      ],
      runs: [],
    });
    for (const attempt of body.items[0]?.attempts ?? []) {
      const [from = 0, to = 0] = [attempt['startedAt'], attempt['endedAt']].map((at) =>
        Date.parse(String(at)),
      );
      expect(Math.abs(from - began)).toBeLessThan(60_000);
      // Instants are told to the millisecond, durations are rounded.
      expect(Math.abs(to - from - Number(attempt['durationMs']))).toBeLessThanOrEqual(1);
    }
    expect(JSON.stringify(body)).not.toContain(grant.triple.deviceSecret);
  });

  it('shows the attempt that is under way, also of a confirmed unit that came back', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await one.claim(orderId, { imei });
    const open = { attempt: 1, outcome: 'open', endedAt: null, durationMs: null };
    const { body: before } = await trace(imei);
    expect(before.items[0]).toMatchObject({ claim: { confirmed: null }, attempts: [open] });
    await one.confirm(grant);
    const [done] = (await trace(imei)).body.items[0]?.attempts ?? [];
    await other.claim(orderId, { imei }, 2);
    expect((await trace(imei)).body.items[0]).toMatchObject({
      claim: {
        state: 'confirmed',
        stationId: other.stationId,
        slot: 2,
        confirmed: {
          attempt: 1,
          stationId: one.stationId,
          slot: null,
          proof: 'digest',
          at: done?.['endedAt'],
        },
      },
      attempts: [
        { ...open, attempt: 2, stationId: other.stationId, slot: 2 },
        { attempt: 1, outcome: 'confirmed' },
      ],
    });
  });

  it('tells every triple it ever had, the newest first, by whatever number it is asked', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const mac = imei.slice(3);
    const unit = { imei, sn: `SN-${imei}`, mac, iccid: freshIccid() };
    const scrapped: Grant[] = [];
    for (const reason of ['first', 'second']) {
      const { body } = await one.claim(orderId, unit);
      await one.void(body.claimId, reason);
      scrapped.unshift(body);
    }
    const { body: grant } = await one.claim(orderId, unit);
    const all = [grant, ...scrapped].map(({ claimId }) => claimId);
    const spelt = `${mac.slice(0, 2)}:${mac.slice(2, 4)}:${mac.slice(4)}`;
    for (const identity of [imei, `imei:${imei}`, `sn:${unit.sn}`, unit.sn, `mac:${spelt}`]) {
      expect(claimIds(await trace(identity)), identity).toEqual(all);
    }
    const iccid = await trace(unit.iccid);
    expect([iccid.body.matchedBy, claimIds(iccid)]).toEqual(['iccid', all]);
    for (const query of [`imei=${imei}`, `sn=${unit.sn}`, `mac=${mac}`, `iccid=${unit.iccid}`]) {
      expect(claimIds(await ask(query)), query).toEqual(all);
    }
    const [last] = scrapped;
    const { deviceName } = last?.triple ?? { deviceName: '' };
    for (const identity of [deviceName, `deviceName:${deviceName}`, last?.claimId ?? '']) {
      const found = await trace(identity);
      expect(claimIds(found), identity).toEqual([last?.claimId]);
      expect(found.body.items[0]).toMatchObject({
        claim: { state: 'void', failReason: 'second', confirmed: null },
        attempts: [{ outcome: 'void', reason: 'second' }],
      });
    }
    expect((await ask(`deviceName=${deviceName}&productKey=elsewhere`)).status).toBe(404);
    expect((await ask(`deviceName=${deviceName}&productKey=${line.productKey}`)).status).toBe(200);
  });

  it('tells why an engineer gave up a device', async () => {
    const orderId = await line.order();
    const imei = freshImei();
    const { body: grant } = await one.claim(orderId, { imei });
    await one.confirm(grant);
    const path = `/api/v1/devices/${line.productKey}/${grant.triple.deviceName}/void`;
    expect((await line.service.call('POST', path, { reason: 'recalled' })).status).toBe(200);
    expect((await trace(imei)).body.items[0]).toMatchObject({
      claim: { state: 'void', failReason: 'recalled' },
      attempts: [{ outcome: 'confirmed', reason: null }],
    });
  });

  it('finds a device that registered by itself, with from where and when', async () => {
    const { productKey, productSecret } = await makeProduct(line.service, {
      mode: 'preregistered',
    });
    const { service } = line;
    await service.call('POST', `/api/v1/products/${productKey}/orders`, {
      quantity: 1,
      naming: { kind: 'sequence', prefix: 'self_', width: 3 },
    });
    const found = async () => (await trace('self_001')).body.items[0]?.device;
    await expect.poll(async () => (await found())?.['state']).toBe('free');
    const form = registrationForm({ productKey, deviceName: 'self_001', productSecret });
    await expect.poll(() => service.postDeviceForm(form)).toContain('"code":200');
    const device = await found();
    expect(device).toMatchObject({ state: 'issued', registeredFrom: '127.0.0.1' });
    const at = Date.parse(String(device?.['registeredAt']));
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
    expect((await trace('self_001')).body.items[0]).toMatchObject({ unit: null, claim: null });
  });

  it('that nobody knows is refused with what was tried', async () => {
    for (const [identity, tried] of [
      ['nobody', ['sn', 'iccid', 'deviceName']],
      ['clm-99999999', ['claimId', 'sn', 'iccid', 'deviceName']],
      ['353490069873319', ['imei', 'sn', 'iccid', 'deviceName']],
      ['a1b2c3d4e5f6', ['sn', 'mac', 'iccid', 'deviceName']],
      ['mac:a1b2c3d4e5f6', ['mac']],
      [' ', []],
    ] as const) {
      const answer = await trace(identity);
      expect(answer, identity).toMatchObject(refused(404, 'unit.not_found'));
      expect(answer.body.data?.tried ?? [], identity).toEqual(tried);
    }
  });

  it('is refused for a number that is none, and for a query that is none', async () => {
    expect(await trace('imei:35349006987331')).toMatchObject(refused(422, 'unit.imei_malformed'));
    expect(await trace('imei:353490069873318')).toMatchObject(
      refused(422, 'unit.imei_check_digit'),
    );
    expect(await trace('mac:xyz')).toMatchObject(refused(422, 'unit.mac_malformed'));
    for (const query of ['', 'imei=1&sn=2', 'name=x', 'sn=x&cursor=9', 'sn=x&cursor=sn.-1']) {
      expect(await ask(query), query).toMatchObject(refused(422, 'request.invalid'));
    }
  });
});

describe('an ICCID that many units showed', () => {
  it('is answered in pages that neither repeat nor leave out while more units come', async () => {
    const orderId = await line.order({}, 8);
    const iccid = freshIccid();
    const claims: string[] = [];
    const work = async (bench: Bench): Promise<void> => {
      const { body } = await bench.claim(orderId, { imei: freshImei(), iccid });
      claims.unshift(body.claimId);
    };
    for (let count = 0; count < 5; count += 1) await work(one);
    const paged: (string | undefined)[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Answer<TracePage> = await ask(
        `iccid=${iccid}&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...claimIds(page));
      cursor = page.body.nextCursor;
      if (paged.length === 2) await work(one);
    }
    expect(paged).toEqual(claims.slice(1));
  });
});

describe('a station', () => {
  it('traces the units it holds or held, and is told of no others', async () => {
    const orderId = await line.order({}, 6);
    const iccid = freshIccid();
    const [mine, lent, foreign] = [freshImei(), freshImei(), freshImei()];
    const { body: held } = await one.claim(orderId, { imei: mine, iccid });
    const { body: moved } = await one.claim(orderId, { imei: lent, iccid });
    await one.fail(moved.claimId);
    await other.claim(orderId, { imei: lent, iccid });
    await other.claim(orderId, { imei: foreign, iccid });
    expect((await trace(mine, one.key)).status).toBe(200);
    expect((await trace(lent, one.key)).status).toBe(200);
    expect(await trace(foreign, one.key)).toMatchObject(refused(404, 'unit.not_found'));
    expect(claimIds(await trace(iccid, one.key))).toEqual([moved.claimId, held.claimId]);
    expect(claimIds(await trace(iccid, other.key))).toHaveLength(2);
    expect(claimIds(await trace(iccid))).toHaveLength(3);
  });
});
