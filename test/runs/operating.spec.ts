import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { PeerBehaviour } from '../jig/at-peer.js';
import { startPeer } from '../jig/run-peer.js';
import { freshImei } from '../stations/bench.js';
import { tracer } from '../stations/trace-page.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import type { MadeStation, ShownRun } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly data: unknown;
}

let service: TestService;
let simulator: Simulator;
let station: MadeStation;
beforeAll(async () => {
  service = await startTestService();
  const faults = [{ slot: 4, fault: 'imei-changes' }] as const;
  simulator = await startSimulator({ bootMs: 1, seed: 61, slots: 4, faults });
  station = await makeStation(service, portsOf(simulator));
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

async function order(quantity = 8): Promise<string> {
  const { productKey } = await makeProduct(service);
  for (const slot of [1, 2, 3, 4]) simulator.replaceModule(slot);
  return (await makeOrder(service, productKey, { quantity })).orderId;
}

const shown = async (orderId: string) =>
  (await service.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`)).body;
const imeiOf = (slot: number) => simulator.modules[slot - 1]?.imei ?? '';
const ends = (run: ShownRun) =>
  run.slots.map(({ slot, outcome, reason }) => [slot, outcome, reason]);

describe('a run that is started by scan', () => {
  it('works on the units that were scanned, and touches no other', async () => {
    const orderId = await order();
    const units = [
      { slot: 1, imei: imeiOf(1), mac: '0A:1B:2C:3D:4E:5F' },
      { slot: 2, imei: imeiOf(3) },
    ];
    const run = await runToEnd(service, station, { orderId, units });
    expect(ends(run)).toEqual([
      [1, 'PASS', null],
      [2, 'FAIL', 'unit_mismatch'],
    ]);
    expect(run.slots[1]).toMatchObject({ unit: imeiOf(2), claimId: null });
    expect(simulator.modules[1]?.triple).toBeUndefined();
    expect(await shown(orderId)).toMatchObject({ confirmed: 1, free: 7 });
    const found = await service.call<{ items: { unit: object }[] }>(
      'GET',
      '/api/v1/units?mac=0a1b2c3d4e5f',
    );
    expect(found.body.items).toMatchObject([{ unit: { imei: imeiOf(1) } }]);
  });

  it('is refused where what was scanned cannot be', async () => {
    const orderId = await order();
    const start = async (units: readonly object[], rest: object = {}) => {
      const body = { orderId, units, ...rest };
      const path = '/api/v1/runs';
      return (await service.call<Refusal>('POST', path, body, station.key)).body;
    };
    const codeOf = async (...given: Parameters<typeof start>) => (await start(...given)).code;
    const imei = imeiOf(1);
    const bad = await start([
      { slot: 1, imei },
      { slot: 3, imei: '123' },
    ]);
    expect(bad).toMatchObject({ code: 'unit.imei_malformed', data: { slot: 3 } });
    expect(bad.detail).toMatch(/^Slot 3: /);
    expect(await codeOf([{ slot: 1 }])).toBe('unit.identity_missing');
    expect(await codeOf([{ slot: 9, imei }])).toBe('run.slot_unknown');
    expect(await codeOf([{ slot: 2, imei }], { slots: [1] })).toBe('request.invalid');
    const again = { slot: 1, imei: imeiOf(2) };
    expect(await codeOf([{ slot: 1, imei }, again])).toBe('slot.number_shared');
    const twice = { slot: 2, imei };
    expect(await codeOf([{ slot: 1, imei }, twice])).toBe('unit.twice_in_batch');
  });
});

/** A station whose slots have modules that the test has written. */
async function peers(...behaviours: readonly PeerBehaviour[]): Promise<MadeStation> {
  const made = await Promise.all(behaviours.map(startPeer));
  const bench = await makeStation(service);
  const slots = made.map(({ port }, at) => ({ slot: at + 1, port, dialect: 'lierda-lmqtt' }));
  await service.call('PUT', `/api/v1/stations/${bench.stationId}/slots`, slots);
  return bench;
}

describe('a slot that is tried again', () => {
  it('passes with the same triple, and the trace of its unit shows both attempts', async () => {
    let writes = 0;
    const imei = freshImei();
    const bench = await peers({
      imei,
      answer: (command) => {
        if (!command.startsWith('AT+LMQTTCFG="aliauth",0,')) return undefined;
        writes += 1;
        return writes > 2 ? undefined : ['ERROR']; // a slot writes twice by itself
      },
    });
    const orderId = await order();
    const run = await runToEnd(service, bench, { orderId, retries: 1 });
    expect(run.slots).toMatchObject([{ outcome: 'PASS', reason: null, tries: 2 }]);
    expect(await shown(orderId)).toMatchObject({ confirmed: 1, free: 7 });
    const { runId } = run;
    expect((await tracer(service).trace(imei)).body.items).toMatchObject([
      {
        attempts: [
          { attempt: 2, outcome: 'confirmed', runId },
          { attempt: 1, outcome: 'failed', reason: 'write_refused', runId },
        ],
      },
    ]);
    const asked = `/api/v1/claims/${run.slots[0]?.claimId ?? ''}/transcript`;
    expect(await service.call<Refusal>('GET', asked, undefined, bench.key)).toMatchObject({
      status: 404,
      body: { code: 'claim.no_transcript', data: { runs: [`/api/v1/runs/${runId}`] } },
    });
  });
});

describe('a run', () => {
  it('does not confirm a unit that shows another IMEI after its restart', async () => {
    const orderId = await order();
    const run = await runToEnd(service, station, { orderId, slots: [4], retries: 3 });
    expect(run.slots).toMatchObject([{ outcome: 'FAIL', reason: 'unit_changed', tries: 1 }]);
    expect(await shown(orderId)).toMatchObject({ failed: 1, confirmed: 0, free: 7 });
  });

  it('is refused for an order that is over, unless a unit that holds its triple may still be finished', async () => {
    const [closed, expired, begun] = [await order(), await order(), await order()];
    const start = async (orderId: string) =>
      await service.call<Refusal>('POST', '/api/v1/runs', { orderId }, station.key);
    const [first] = (await runToEnd(service, station, { orderId: begun, slots: [1] })).slots;
    for (const id of [closed, begun]) await service.call('POST', `/api/v1/orders/${id}/close`);
    const sql = `UPDATE production_order SET expires_at = now() WHERE id = $1`;
    await rows(service.database.dataSource, sql, [expired.slice(4)]);
    const gone = { code: 'order.closed', data: { orderId: closed } };
    expect(await start(closed)).toMatchObject({ status: 410, body: gone });
    expect(await start(expired)).toMatchObject({ status: 410, body: { code: 'order.expired' } });
    const again = await runToEnd(service, station, { orderId: begun, slots: [1] });
    expect(again.slots).toMatchObject([{ outcome: 'PASS', deviceName: first?.deviceName }]);
  });

  it('works on a unit that is on two slots in one of them', async () => {
    const imei = freshImei();
    const bench = await peers({ imei }, { imei });
    const orderId = await order();
    const run = await runToEnd(service, bench, { orderId });
    expect(run.slots.map(({ reason }) => reason).sort()).toEqual([null, 'unit_duplicate'].sort());
    expect(await shown(orderId)).toMatchObject({ confirmed: 1, free: 7 });
  });

  it('of a batch takes no triple when a slot is empty, and all of them together when none is', async () => {
    const bench = await makeStation(service, [
      ...portsOf(simulator).slice(0, 2),
      'tcp://127.0.0.1:1',
    ]);
    const orderId = await order();
    const mode = 'batch';
    expect(ends(await runToEnd(service, bench, { orderId, mode }))).toEqual([
      [1, 'ABORTED', 'batch_incomplete'],
      [2, 'ABORTED', 'batch_incomplete'],
      [3, 'ERROR', 'port_refused'],
    ]);
    expect(await shown(orderId)).toMatchObject({ free: 8 });
    const whole = await runToEnd(service, bench, { orderId, mode, slots: [1, 2] });
    expect(whole.slots.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS']);
  });

  it('of a batch takes none of the last triples of an order that has too few', async () => {
    const orderId = await order(2);
    const mode = 'batch';
    const run = await runToEnd(service, station, { orderId, mode, slots: [1, 2, 3] });
    expect(run.slots.map(({ reason }) => reason).sort()).toEqual([
      'batch_incomplete',
      'batch_incomplete',
      'claim_refused',
    ]);
    for (const { claimId, reason, detail } of run.slots) {
      expect(claimId).toBeNull();
      if (reason === 'batch_incomplete') expect(detail).toMatch(/^1 of 3 units were refused/);
    }
    expect(await shown(orderId)).toMatchObject({ leased: 0, failed: 0, free: 2 });
    const fewer = await runToEnd(service, station, { orderId, mode, slots: [1, 2] });
    expect(fewer.slots.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS']);
  });
});
