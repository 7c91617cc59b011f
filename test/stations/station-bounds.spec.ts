import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { Answer, TestService } from '../support/service.js';
import { freshImei, makeBench, proofOf } from './bench.js';
import type { Bench, Grant } from './bench.js';

interface Refusal {
  readonly code: string;
  readonly detail: string;
}

let service: TestService;
let own: Bench;
let other: Bench;
/** An order of the other station, a claim and a run of it. */
let theirs: { readonly orderId: string; readonly grant: Grant; readonly runId: string };
beforeAll(async () => {
  service = await startTestService();
  [own, other] = [await makeBench(service), await makeBench(service)];
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, {
    quantity: 8,
    stations: [other.stationId],
  });
  const { body: grant } = await other.claim(orderId, { imei: freshImei() });
  const slots = [{ slot: 1, port: 'tcp://127.0.0.1:1' }];
  for (const { stationId } of [own, other]) {
    await service.call('PUT', `/api/v1/stations/${stationId}/slots`, slots);
  }
  const run = await service.call<{ runId: string }>('POST', '/api/v1/runs', { orderId }, other.key);
  theirs = { orderId, grant, runId: run.body.runId };
});
afterAll(async () => {
  await service.stop();
});

const ask = (method: string, path: string, body?: object): Promise<Answer<Refusal>> =>
  service.call<Refusal>(method, `/api/v1${path}`, body, own.key);

/** What a refusal says, with the identifier that was asked for taken out. */
function said({ status, body }: Answer<Refusal>, id: string): string {
  return `${status} ${body.code} ${body.detail}`.replaceAll(id, '*');
}

describe('a station that names an order of another', () => {
  it.each(['claims', 'runs'])('is refused at POST /%s, and nothing is begun', async (what) => {
    const body = { orderId: theirs.orderId, ...(what === 'claims' && { unit: { sn: 'x-1' } }) };
    const answer = await ask('POST', `/${what}`, body);
    expect(answer).toMatchObject({ status: 403, body: { code: 'order.station_not_allowed' } });
    const sql =
      'SELECT FROM claim WHERE station_id = $1 UNION ALL SELECT FROM run WHERE station_id = $1';
    const id = Number(own.stationId.slice('st-'.length));
    expect(await rows(service.database.dataSource, sql, [id])).toEqual([]);
  });

  it('is refused also when an admin acts for it', async () => {
    const body = { orderId: theirs.orderId };
    const answer = await service.call('POST', `/api/v1/runs?station=${own.stationId}`, body);
    expect(answer).toMatchObject({ status: 403, body: { code: 'order.station_not_allowed' } });
  });

  it('does not find it among its orders', async () => {
    for (const path of ['/orders?limit=100', '/me']) {
      expect((await ask('GET', path)).text).not.toContain(`"${theirs.orderId}"`);
    }
  });
});

describe('a station that names what belongs to another', () => {
  it('cannot tell a claim of another from one that does not exist', async () => {
    const { claimId } = theirs.grant;
    const confirm = proofOf(theirs.grant);
    for (const [method, action, body] of [
      ['GET', '', undefined],
      ['POST', '/confirm', confirm],
      ['POST', '/fail', { reason: 'mine' }],
      ['POST', '/void', { reason: 'mine' }],
    ] as const) {
      const [real, none] = [claimId, 'clm-999999999'];
      const answers = [
        said(await ask(method, `/claims/${real}${action}`, body), real),
        said(await ask(method, `/claims/${none}${action}`, body), none),
      ];
      expect(answers[0]).toMatch(/^404 claim\.not_found /);
      expect(answers[1]).toBe(answers[0]);
    }
    expect((await other.show(claimId)).body.state).toBe('leased');
  });

  it('cannot tell a run of another from one that does not exist', async () => {
    for (const [method, action] of [
      ['GET', ''],
      ['POST', '/abort'],
    ] as const) {
      const [real, none] = [theirs.runId, 'run-999999999'];
      const answers = [
        said(await ask(method, `/runs/${real}${action}`), real),
        said(await ask(method, `/runs/${none}${action}`), none),
      ];
      expect(answers[0]).toMatch(/^404 run\.not_found /);
      expect(answers[1]).toBe(answers[0]);
    }
  });

  it('is told that it acts for itself only, whether or not there is such a station', async () => {
    for (const station of [other.stationId, 'st-999999']) {
      for (const path of ['/me', `/claims/${theirs.grant.claimId}`]) {
        const answer = await ask('GET', `${path}?station=${station}`);
        expect(said(answer, station)).toBe(
          '403 key.role_not_allowed A station acts for itself only.',
        );
      }
    }
  });

  it('is not told what a unit of an order of another holds', async () => {
    const unit = { imei: freshImei() };
    const { body: held } = await other.claim(theirs.orderId, unit);
    const answer = await ask('POST', '/claims', { orderId: theirs.orderId, unit });
    expect(answer.body.code).toBe('order.station_not_allowed');
    for (const text of [held.triple.deviceName, held.triple.deviceSecret, held.claimId]) {
      expect(answer.text).not.toContain(text);
    }
  });
});
