import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slotPhases } from '../../src/jig/slot-result.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeStation, portsOf, untilEnded } from '../support/jig.js';
import type { MadeStation, ShownRun } from '../support/jig.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { readEvents } from './event-reader.js';
import type { ShownEvent, ShownPage } from './event-reader.js';

let service: TestService;
let simulator: Simulator;
let station: MadeStation;
let other: MadeStation;
let base: string;
beforeAll(async () => {
  service = await startTestService();
  simulator = await startSimulator({ bootMs: 1, seed: 31, slots: 2 });
  station = await makeStation(service, portsOf(simulator));
  other = await makeStation(service);
  base = service.service.urls.http;
});
afterAll(async () => {
  await simulator.close();
  await service.stop();
});

async function start(key = station.key): Promise<Record<'runId' | 'orderId', string>> {
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: 2 });
  for (const slot of [1, 2]) simulator.replaceModule(slot);
  const path = '/api/v1/runs';
  const { body } = await service.call<ShownRun>('POST', path, { orderId }, key);
  return { runId: body.runId, orderId };
}

async function pollAll(runId: string, key = station.key): Promise<ShownEvent[]> {
  const events: ShownEvent[] = [];
  for (let [next, isOver] = [0, false]; !isOver;) {
    const page = await poll(runId, `after=${next}&waitSeconds=20`, key);
    events.push(...page.body.events);
    ({ next, isOver } = page.body);
  }
  return events;
}

const poll = (runId: string, query: string, key = station.key) =>
  service.call<ShownPage>('GET', `/api/v1/runs/${runId}/events/poll?${query}`, undefined, key);

describe('the events of a run', () => {
  it('are told while it works, the same with the same numbers by stream and by poll', async () => {
    const { runId, orderId } = await start();
    const reader = await readEvents(base, runId, station.key);
    const [polled, streamed] = await Promise.all([pollAll(runId), reader.ended()]);
    expect([reader.status, reader.contentType]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(polled).toEqual(streamed);
    expect(streamed.map(({ id }) => id)).toEqual(streamed.map((_, index) => index + 1));
    expect(streamed[0]).toMatchObject({ type: 'run.started', runId, orderId, slots: [1, 2] });
    expect(streamed.at(-1)).toMatchObject({ type: 'run.ended', runId, state: 'done' });
    const run = await untilEnded(service, station, runId);
    for (const slot of [1, 2]) {
      const mine = streamed.filter((event) => event.slot === slot);
      const wanted = slotPhases.filter((phase) => phase !== 'register');
      expect(mine.slice(0, -1).map(({ phase }) => phase)).toEqual(wanted);
      const { outcome, unit, deviceName, durationMs } = run.slots[slot - 1] ?? {};
      expect(outcome).toBe('PASS');
      const ended = { type: 'slot.ended', outcome, reason: null, unit, deviceName, durationMs };
      expect(mine.at(-1)).toMatchObject(ended);
    }
    const secrets = await exportTriples(service, orderId);
    for (const secret of secrets.values()) expect(JSON.stringify(polled)).not.toContain(secret);
  });

  it('go on after the last that a reader has, and are all there for one that comes late', async () => {
    const { runId } = await start();
    const first = await readEvents(base, runId, station.key);
    await first.until(3);
    first.leave();
    const had = first.events.at(-1)?.id ?? 0;
    const second = await readEvents(base, runId, station.key, { 'last-event-id': String(had) });
    const rest = await second.ended();
    const late = await (await readEvents(base, runId, adminKey)).ended();
    expect([...first.events, ...rest]).toEqual(late);
    expect(rest[0]?.id).toBe(had + 1);
  });

  it('have an end: who has all is told so, and an EventSource does not come back', async () => {
    const { runId } = await start();
    const all = await pollAll(runId);
    const last = String(all.length);
    const again = await readEvents(base, runId, station.key, { 'last-event-id': last });
    expect([again.status, await again.ended()]).toEqual([204, []]);
    const page = await poll(runId, `after=${last}&waitSeconds=20`);
    expect(page.body).toEqual({ events: [], next: all.length, isOver: true });
  });

  it('are not waited for longer than asked', async () => {
    const slow = await startSimulator({ bootMs: 1500, seed: 32 });
    const { key } = await makeStation(service, portsOf(slow));
    const { runId } = await start(key);
    const page = await poll(runId, 'after=1000&waitSeconds=0.05', key);
    expect(page.body).toEqual({ events: [], next: 1000, isOver: false });
    await pollAll(runId, key);
    await slow.close();
  });

  it('are refused to other stations, and for numbers that are none', async () => {
    const { runId } = await start();
    expect((await poll(runId, '', other.key)).body).toMatchObject({ code: 'run.not_found' });
    expect((await readEvents(base, runId, other.key)).status).toBe(404);
    expect((await readEvents(base, 'run-999999', station.key)).status).toBe(404);
    expect((await readEvents(base, runId, 'tm_none')).status).toBe(401);
    for (const text of ['-1', 'x', '1.5', '9'.repeat(12)]) {
      const reader = await readEvents(base, runId, station.key, { 'last-event-id': text });
      expect([reader.status, (await poll(runId, `after=${text}`)).status]).toEqual([422, 422]);
    }
    expect((await poll(runId, 'waitSeconds=61')).status).toBe(422);
    await pollAll(runId);
  });
});
