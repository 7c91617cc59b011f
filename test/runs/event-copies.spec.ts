import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rows } from '../../src/platform/database/query.js';
import { Listeners } from '../../src/platform/listeners/listeners.js';
import { RunEventsService } from '../../src/runs/run-events.service.js';
import { RunRecords } from '../../src/runs/run-records.js';
import type { RunningService } from '../../src/service.js';
import { makeStation, untilEnded } from '../support/jig.js';
import type { MadeStation, ShownRun } from '../support/jig.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { caller, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { readEvents } from './event-reader.js';
import type { ShownEvent, ShownPage } from './event-reader.js';
import { deadLine, startCopy } from './service-copy.js';
import type { DeadLine } from './service-copy.js';

let service: TestService;
let copy: RunningService;
let line: DeadLine;
let station: MadeStation;
beforeAll(async () => {
  service = await startTestService();
  copy = await startCopy(service);
  line = await deadLine();
  station = await makeStation(service, [line.port]);
});
afterAll(async () => {
  await line.close();
  await copy.stop();
  await service.stop();
});

/** A run whose module never answers: it lasts until it is aborted. */
async function start(call = service.call, { key } = station): Promise<string> {
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: 2 });
  const path = '/api/v1/runs';
  return (await call<ShownRun>('POST', path, { orderId }, key)).body.runId;
}

async function abort(runId: string): Promise<void> {
  await service.call('POST', `/api/v1/runs/${runId}/abort`, {}, station.key);
  await untilEnded(service, station, runId);
}

const typesOf = (events: readonly ShownEvent[]) => events.map(({ type }) => type);
const told = ['run.started', 'slot.phase', 'slot.phase'];
const followed = (runId: string) => ({ runId: Number(runId.slice(4)), stationId: null, after: 0 });

it('another copy of the service tells the same events, also while the run works elsewhere', async () => {
  const runId = await start();
  const here = await readEvents(service.service.urls.http, runId, station.key);
  const there = await readEvents(copy.urls.http, runId, station.key);
  await there.until(told.length);
  await abort(runId);
  expect(await there.ended()).toEqual(await here.ended());
  expect(typesOf(there.events)).toEqual([...told, 'slot.ended', 'run.ended']);
  expect(there.events.at(-2)).toMatchObject({ outcome: 'ABORTED', slot: 1 });
});

it('another copy of the service aborts a run; a signal that is lost is only late', async () => {
  const runId = await start();
  const here = caller(copy.urls.http);
  const { status, body } = await here<ShownRun & { abortAskedAt: string | null }>(
    'POST',
    `/api/v1/runs/${runId}/abort`,
    {},
    station.key,
  );
  expect([status, body.abortAskedAt]).toEqual([200, expect.any(String)]);
  const aborted = await untilEnded(service, station, runId);
  expect(aborted).toMatchObject({ state: 'aborted', slots: [{ reason: 'aborted' }] });
  const unheard = await start();
  const { runId: id } = followed(unheard);
  const { dataSource } = service.database;
  const records = service.service.app.get(RunRecords);
  expect(await records.look([id])).toEqual([]);
  await rows(dataSource, 'UPDATE run SET abort_asked_at = now() WHERE id = $1', [id]);
  expect(await records.look([id])).toEqual([id]);
  await abort(unheard);
});

it('of starts that race at two copies one begins, and the next when it has ended', async () => {
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: 2 });
  const at = [service.call, caller(copy.urls.http)];
  const race = () =>
    Promise.all(
      [...at, ...at, ...at].map((call) =>
        call<ShownRun & { code?: string }>('POST', '/api/v1/runs', { orderId }, station.key),
      ),
    );
  for (const round of [1, 2]) {
    const answers = await race();
    const begun = answers.filter(({ status }) => status === 202);
    expect([round, begun.length]).toEqual([round, 1]);
    const refused = answers.filter(({ body }) => body.code === 'run.in_progress');
    expect(refused).toHaveLength(answers.length - 1);
    await abort(begun[0]?.body.runId ?? '');
  }
});

it('a run whose process died is ended for its readers, its open slots too', async () => {
  const runId = await start();
  await abort(runId);
  const id = followed(runId).runId;
  const sql = (text: string) => rows(service.database.dataSource, text, [id]);
  await sql(`DELETE FROM run_event WHERE run_id = $1 AND id > 3`);
  await sql(`UPDATE run_slot SET outcome = NULL, reason = NULL WHERE run_id = $1`);
  await sql(
    `UPDATE run SET state = 'running', ended_at = NULL, alive_at = now() - interval '1 minute'
     WHERE id = $1`,
  );
  const reader = await readEvents(copy.urls.http, runId, station.key, { 'last-event-id': '3' });
  await service.service.app.get(RunRecords).look([]);
  const events = await reader.ended();
  expect(events).toMatchObject([
    { id: 4, type: 'slot.ended', slot: 1, outcome: 'ABORTED', reason: 'service_stopped' },
    { id: 5, type: 'run.ended', state: 'aborted' },
  ]);
  const stats = `/api/v1/stations/${station.stationId}/slots/stats`;
  const { body } = await service.call<{ slots: object[] }>('GET', stats, undefined, station.key);
  const last = { runId, reason: 'service_stopped' };
  expect(body.slots).toMatchObject([{ slot: 1, failuresInARow: 0, last }]);
  await abort(await start()); // the station is free again
});

it('a stream in which nothing happens shows a sign of life, and is left when its reader goes', async () => {
  const runId = await start();
  const gone = new AbortController();
  const parts = service.service.app.get(RunEventsService).follow(followed(runId), 5, gone.signal);
  const seen: number[] = [];
  for await (const part of parts) {
    seen.push(part.length);
    if (seen.filter((length) => length === 0).length === 3) gone.abort();
  }
  expect(seen.slice(-1)).toEqual([0]);
  await abort(runId);
});

it('a stop of the service ends streams and long polls in order', async () => {
  const runId = await start();
  const other = await makeStation(service, [line.port]);
  const there = await start(caller(copy.urls.http), other);
  const reader = await readEvents(copy.urls.http, runId, station.key);
  await reader.until(told.length);
  const path = `/api/v1/runs/${runId}/events/poll?after=${told.length}&waitSeconds=60`;
  const poll = caller(copy.urls.http)<ShownPage>('GET', path, undefined, station.key);
  while (copy.app.get(Listeners).requestsInFlight < 2) await turn();
  const startedMs = performance.now();
  await copy.stop();
  expect(typesOf(await reader.ended())).toEqual(told);
  const { status, body } = await poll;
  expect([status, body]).toEqual([200, { events: [], next: told.length, isOver: false }]);
  expect(performance.now() - startedMs).toBeLessThan(7000);
  expect(await untilEnded(service, other, there)).toMatchObject({
    state: 'aborted',
    slots: [{ outcome: 'ABORTED', reason: 'service_stopped', detail: 'ended in phase sync' }],
  });
  await abort(runId);
});
