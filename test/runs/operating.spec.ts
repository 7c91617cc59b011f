import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import type { MadeStation, ShownRun } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let simulator: Simulator;
let station: MadeStation;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 20, seed: 61, slots: 3 });
  station = await makeStation(service, portsOf(simulator));
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

async function order(): Promise<string> {
  const { productKey } = await makeProduct(service);
  for (const slot of [1, 2, 3]) simulator.replaceModule(slot);
  return (await makeOrder(service, productKey, { quantity: 8 })).orderId;
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
      const answer = await service.call<{ code: string }>(
        'POST',
        '/api/v1/runs',
        body,
        station.key,
      );
      return answer.body.code;
    };
    const imei = imeiOf(1);
    expect(await start([{ slot: 1, imei: '123' }])).toBe('unit.imei_malformed');
    expect(await start([{ slot: 1 }])).toBe('unit.identity_missing');
    expect(await start([{ slot: 9, imei }])).toBe('run.slot_unknown');
    expect(await start([{ slot: 2, imei }], { slots: [1] })).toBe('request.invalid');
    const again = { slot: 1, imei: imeiOf(2) };
    expect(await start([{ slot: 1, imei }, again])).toBe('slot.number_shared');
    const twice = { slot: 2, imei };
    expect(await start([{ slot: 1, imei }, twice])).toBe('unit.twice_in_batch');
  });
});
