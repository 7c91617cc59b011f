import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceLogin } from '../../src/core/device-login.js';
import { Secret } from '../../src/core/secret.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { freshImei, makeBench } from './bench.js';
import type { Bench, Grant } from './bench.js';
import { tracer } from './trace-page.js';

interface ShownTranscripts {
  readonly items: readonly { readonly attempt: number; readonly lines: readonly object[] }[];
  readonly code?: string;
}

let service: TestService;
let bench: Bench;
let other: Bench;
let orderId: string;
beforeAll(async () => {
  service = await startTestService();
  bench = await makeBench(service);
  other = await makeBench(service);
  const { productKey } = await makeProduct(service);
  ({ orderId } = await makeOrder(service, productKey, { quantity: 20 }));
});
afterAll(async () => {
  await service.stop();
});

const line = (text: string) => ({ atMs: 12, direction: 'received', text });
const path = (claimId: string) => `/api/v1/claims/${claimId}/transcript`;
const keep = (claimId: string, attempt: number, lines: readonly object[], key = bench.key) =>
  service.call<{ code?: string }>('POST', path(claimId), { attempt, lines }, key);
const shown = (link: string, key = bench.key) =>
  service.call<ShownTranscripts>('GET', link, undefined, key);

async function claimed(): Promise<Grant> {
  return (await bench.claim(orderId, { imei: freshImei() })).body;
}

describe('a transcript of a bench', () => {
  it('is kept with its attempt, and the trace of the unit leads to it', async () => {
    const imei = freshImei();
    const first = (await bench.claim(orderId, { imei })).body;
    await bench.fail(first.claimId, 'read_back_empty');
    const { claimId } = (await bench.claim(orderId, { imei })).body;
    const lines = [line('AT+ECMTCFG=<32 a1b2c3d4>'), line('OK \0\ud800')];
    expect((await keep(claimId, 1, lines)).status).toBe(204);
    const [, first1] = (await tracer(service).trace(imei)).body.items[0]?.attempts ?? [];
    expect(first1?.['transcript']).toBe(`${path(claimId)}?attempt=1`);
    const { body } = await shown(String(first1?.['transcript']));
    expect(body.items).toEqual([
      {
        claimId,
        attempt: 1,
        stationId: bench.stationId,
        keptAt: expect.any(String) as string,
        lines: [lines[0], line('OK \ufffd\ufffd')],
      },
    ]);
  });

  it('stays as it came first, and what comes late for an ended attempt is taken', async () => {
    const grant = await claimed();
    await bench.confirm(grant);
    expect((await keep(grant.claimId, 1, [line('first')])).status).toBe(204);
    expect((await keep(grant.claimId, 1, [line('second')])).status).toBe(204);
    expect((await shown(path(grant.claimId))).body.items).toMatchObject([
      { attempt: 1, lines: [line('first')] },
    ]);
  });

  it('that shows the secret of its unit, whole or in two lines, is not kept', async () => {
    const grant = await claimed();
    const { productKey, deviceName, deviceSecret } = grant.triple;
    const triple = { productKey, deviceName, deviceSecret: new Secret(deviceSecret) };
    const password = deviceLogin(triple).password.expose();
    for (const lines of [
      [line(`+QMTCFG: "${deviceSecret}"`)],
      [line(deviceSecret.slice(0, 20)), line(deviceSecret.slice(20).toUpperCase())],
      [line(`AT+MQTTUSER="${password}"`)],
    ]) {
      const { status, body } = await keep(grant.claimId, 1, lines);
      expect([status, body.code]).toEqual([422, 'claim.transcript_secret']);
    }
    expect(await shown(path(grant.claimId))).toMatchObject({
      status: 404,
      body: { code: 'claim.no_transcript', data: { runs: [] } },
    });
    expect(service.log()).not.toContain(deviceSecret);
  });

  it('is taken and shown for the station that made the attempt alone, and has bounds', async () => {
    const { claimId } = await claimed();
    const notFound = { code: 'claim.not_found' };
    expect((await keep(claimId, 1, [line('x')], other.key)).body).toMatchObject(notFound);
    expect((await keep(claimId, 2, [line('x')])).body).toMatchObject(notFound);
    expect((await keep('clm-999999', 1, [line('x')])).body).toMatchObject(notFound);
    expect((await keep(claimId, 1, [line('x'.repeat(65_537))])).status).toBe(422);
    expect((await keep(claimId, 1, Array(501).fill(line('x')))).status).toBe(422);
    expect((await keep(claimId, 1, [line('x'.repeat(65_536))])).status).toBe(204);
    expect((await shown(path(claimId), other.key)).body).toMatchObject(notFound);
    expect((await shown(path('clm-999999'))).body).toMatchObject(notFound);
  });
});
