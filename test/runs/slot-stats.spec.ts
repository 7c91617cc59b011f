import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import type { MadeStation } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

interface ShownStats {
  readonly slots: readonly Readonly<Record<string, unknown>>[];
}

let service: TestService;
let simulator: Simulator;
let station: MadeStation;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 1, seed: 41, slots: 2 });
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

const statsPath = () => `/api/v1/stations/${station.stationId}/slots/stats`;
const stats = async () =>
  (await service.call<ShownStats>('GET', statsPath(), undefined, station.key)).body.slots;
const failing = async () => {
  const path = `/api/v1/attention?kind=slot_failing&stationId=${station.stationId}`;
  return (await service.call<{ items: { slot: number; reason: string }[] }>('GET', path)).body
    .items;
};

async function order(quantity: number): Promise<string> {
  const { productKey } = await makeProduct(service);
  return (await makeOrder(service, productKey, { quantity })).orderId;
}

it('a slot that failed three times running is suspect and needs attention, until it passes', async () => {
  const [one = '', two = ''] = portsOf(simulator);
  station = await makeStation(service, [one, await closedPort()]);
  const orderId = await order(2);
  const run = async () => await runToEnd(service, station, { orderId });
  await run();
  await run();
  expect(await stats()).toMatchObject([
    { slot: 1, runs: 2, passes: 2, failures: [], failuresInARow: 0, isSuspect: false },
    { slot: 2, runs: 2, passes: 0, failuresInARow: 2, isSuspect: false },
  ]);
  expect(await failing()).toEqual([]);
  const third = await run();
  expect((await stats())[1]).toMatchObject({
    runs: 3,
    failures: [{ reason: 'port_refused', count: 3 }],
    failuresInARow: 3,
    isSuspect: true,
    last: { runId: third.runId, outcome: 'ERROR', reason: 'port_refused' },
  });
  expect(await failing()).toMatchObject([{ slot: 2, reason: 'port_refused' }]);
  const slots = [one, two].map((port, index) => ({ slot: index + 1, port }));
  await service.call('PUT', `/api/v1/stations/${station.stationId}/slots`, slots);
  await run();
  expect((await stats())[1]).toMatchObject({ passes: 1, failuresInARow: 0, isSuspect: false });
  expect(await failing()).toEqual([]);
});

it('a slot is not blamed for an order that has nothing left, nor shown to another station', async () => {
  station = await makeStation(service, portsOf(simulator).slice(0, 1));
  simulator.replaceModule(1);
  const orderId = await order(1);
  const taken = { orderId, unit: { sn: 'takes-the-last' } };
  await service.call('POST', '/api/v1/claims', taken, station.key);
  for (let count = 0; count < 3; count += 1) await runToEnd(service, station, { orderId });
  expect(await stats()).toMatchObject([
    { failures: [{ reason: 'claim_refused', count: 3 }], failuresInARow: 0, isSuspect: false },
  ]);
  expect(await failing()).toEqual([]);
  const other = await makeStation(service);
  const refused = await service.call('GET', statsPath(), undefined, other.key);
  expect(refused.body).toMatchObject({ code: 'key.role_not_allowed' });
  const later = `${statsPath()}?since=${new Date(Date.now() + 60_000).toISOString()}`;
  expect((await service.call<ShownStats>('GET', later)).body.slots).toMatchObject([
    { slot: 1, runs: 0, last: null },
  ]);
});

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}
