import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, untilEnded } from '../support/jig.js';
import type { ShownRun } from '../support/jig.js';
import { isReplay, keyedCaller } from '../support/keyed.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let simulator: Simulator;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 1, seed: 7, slots: 2 });
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

describe('a run that is started with an idempotency key', () => {
  it('runs once, after the commit, and a repeat is told of the same run', async () => {
    const station = await makeStation(service, portsOf(simulator));
    const { productKey } = await makeProduct(service);
    const { orderId } = await makeOrder(service, productKey, { quantity: 4 });
    const send = keyedCaller(service.service.urls.http);
    const request = {
      method: 'POST',
      path: '/api/v1/runs',
      body: { orderId },
      key: randomUUID(),
      apiKey: station.key,
    };
    const first = await send<ShownRun>(request);
    expect([first.status, isReplay(first)]).toEqual([202, false]);
    const again = await send<ShownRun>(request);
    expect([again.status, again.text, isReplay(again)]).toEqual([202, first.text, true]);
    const run = await untilEnded(service, station, first.body.runId);
    expect(run.slots.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS']);
    const later = await send<ShownRun>(request);
    expect([later.text, isReplay(later)]).toEqual([first.text, true]);
    const order = await service.call('GET', `/api/v1/orders/${orderId}`);
    expect(order.body).toMatchObject({ confirmed: 2, free: 2 });
  });
});
