import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageText } from '../../src/commands/trace-remote.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { TracePageView } from '../../src/stations/trace-view.js';
import { makeStation, portsOf, runToEnd } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { tracer } from './trace-page.js';

let service: TestService;
let simulator: Simulator;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 20, seed: 7, slots: 1 });
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

it('a unit that a run wrote is traced to its run; a try without a claim is told beside', async () => {
  const { trace } = tracer(service);
  const station = await makeStation(service, portsOf(simulator));
  const { productKey } = await makeProduct(service);
  const soon = await makeOrder(service, productKey, { quantity: 1, prefix: 'none_', quota: 1 });
  const later = await makeOrder(service, productKey, { quantity: 1, prefix: 'good_' });
  const spent = await runTo(soon.orderId, true);
  const imei = simulator.modules[0]?.imei ?? '';
  const none = await trace(imei);
  expect(none.body).toMatchObject({
    items: [],
    runsWithoutClaim: [{ runId: spent, slot: 1, outcome: 'ERROR', reason: 'claim_refused' }],
  });
  const done = await runTo(later.orderId, false);
  const { body } = await trace(imei);
  expect(body.items[0]).toMatchObject({
    claim: { state: 'confirmed', slot: 1 },
    attempts: [{ attempt: 1, outcome: 'confirmed', runId: done }],
    runs: [{ runId: done, slot: 1, outcome: 'PASS', transcript: `/api/v1/runs/${done}` }],
  });
  expect(body.runsWithoutClaim).toMatchObject([{ runId: spent }]);
  const after = await runTo(soon.orderId, false);
  expect((await trace(imei)).body.runsWithoutClaim).toMatchObject([
    { runId: after },
    { runId: spent },
  ]);
  const page = (await trace(imei)).body as unknown as TracePageView;
  expect(pageText(page)).toContain('\n\nruns that got no claim for the unit\n');
  const [item] = page.items;
  const { claim = null, device } = item ?? {};
  const failed = {
    ...item,
    device: { ...device, state: 'leased' },
    claim: { ...claim, state: 'failed', confirmed: null },
  };
  const shown = { ...page, items: [failed] } as unknown as TracePageView;
  expect(pageText(shown)).toMatch(/device .*: leased \(kept for this unit\), never activated/);
  const link = String(body.items[0]?.runs[0]?.['transcript']);
  expect((await service.call('GET', link)).text).toContain('"transcript":[{');

  async function runTo(orderId: string, isSpent: boolean): Promise<string> {
    if (isSpent) {
      const sn = { orderId, unit: { sn: 'takes-the-last' } };
      await service.call('POST', '/api/v1/claims', sn, station.key);
    }
    return (await runToEnd(service, station, { orderId })).runId;
  }
});
