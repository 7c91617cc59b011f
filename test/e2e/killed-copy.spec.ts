import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Presence } from '../../src/devices/presence.js';
import { rows } from '../../src/platform/database/query.js';
import { RunRecords } from '../../src/runs/run-records.js';
import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { makeFleet } from '../broker/devices.js';
import type { Fleet } from '../broker/devices.js';
import { closed, enter } from '../broker/mqtt-device.js';
import { makeDataDir } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { makeStation, portsOf } from '../support/jig.js';
import type { MadeStation, ShownRun, ShownSlot } from '../support/jig.js';
import { makeOrder } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let one: TestService;
let fleet: Fleet;
let simulator: Simulator;
let station: MadeStation;
let dataDir: string;
let other: BuiltService;
beforeAll(async () => {
  one = await startTestService();
  fleet = await makeFleet(one, { quantity: 1 });
  simulator = await startSimulator({ slots: 1, bootMs: 60_000 });
  dataDir = await makeDataDir('copy');
  other = await startBuiltService(dataDir, {
    DATABASE_URL: one.database.url.expose(),
    MASTER_KEY_FILE: join(one.dataDir, 'master.key'),
    ADMIN_KEY: adminKey,
  });
});
afterAll(async () => {
  await other.end('SIGKILL');
  await simulator.close();
  await one.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function isOnline(): Promise<boolean> {
  const { productKey, deviceName } = fleet.devices[0];
  const path = `/api/v1/devices/${productKey}/${deviceName}`;
  return (await one.call<{ online: boolean }>('GET', path)).body.online;
}

/** Starts a run at a copy, and comes back when its module holds a triple and is away for a restart. */
async function runAt({ call }: BuiltService): Promise<{ runId: string; held: Partial<ShownSlot> }> {
  station = await makeStation(one, portsOf(simulator));
  const { orderId } = await makeOrder(one, fleet.productKey, { quantity: 1, prefix: 'run_' });
  const started = await call<ShownRun>('POST', '/api/v1/runs', { orderId }, station.key);
  const { runId } = started.body;
  await expect
    .poll(async () => (await shown(runId)).slots[0]?.phase, { timeout: 20_000 })
    .toBe('restart');
  const [{ triple, imei } = {}] = simulator.modules;
  return { runId, held: { unit: imei ?? '', deviceName: triple?.deviceName ?? '' } };
}

async function shown(runId: string): Promise<ShownRun> {
  return (await one.call<ShownRun>('GET', `/api/v1/runs/${runId}`, undefined, station.key)).body;
}

/** Lets the time of silence pass for a run; then it is ended, and its slot still names its unit. */
async function expectNamed(runId: string, held: Partial<ShownSlot>): Promise<void> {
  const silent = `UPDATE run SET alive_at = now() - interval '1 minute' WHERE id = $1`;
  await rows(one.database.dataSource, silent, [runId.slice(4)]);
  await one.service.app.get(RunRecords).look([]);
  const { state, slots } = await shown(runId);
  expect(state).toBe('aborted');
  const claimId = expect.stringMatching(/^clm-/) as string;
  const stopped = { outcome: 'ABORTED', reason: 'service_stopped', claimId, ...held };
  expect(slots).toMatchObject([stopped]);
  expect(slots[0]?.detail).toMatch(/known: restart$/);
}

it('a copy that is killed leaves no device online, and a run that names what each slot held', async () => {
  const { runId, held } = await runAt(other);
  const file = await readFile(join(dataDir, 'service.json'), 'utf8');
  const { mqtt } = JSON.parse(file) as { mqtt: string };
  const client = await enter(mqtt, fleet.devices[0]);
  await expect.poll(isOnline, { timeout: 10_000 }).toBe(true);
  const ended = closed(client);
  await other.end('SIGKILL');
  await ended;
  await expectNamed(runId, held);
  await expect
    .poll(
      async () => {
        await one.service.app.get(Presence).look();
        return await isOnline();
      },
      { timeout: 10_000 },
    )
    .toBe(false);
});
