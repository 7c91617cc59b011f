import { chmod, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDataDir } from '../support/data-dir.js';
import { Plant } from './plant.js';
import { reportOf, workShift } from './shift.js';

let dataDir: string;
let plant: Plant;
beforeAll(async () => {
  dataDir = await makeDataDir('fault');
  await chmod(dataDir, 0o711);
  plant = await Plant.start(dataDir, 2);
});
afterAll(async () => {
  await plant.stop();
  await rm(dataDir, { recursive: true, force: true });
});

it('nothing is lost and nothing doubled while backends, services and the database are killed', async () => {
  const report = await workShift(plant, {
    ms: 8_000,
    mostMs: 90_000,
    leastFaults: { backendsKilled: 50, servicesKilled: 2, databaseStops: 2 },
    stations: 20,
    quota: 200,
    harm: { killBackendsEvery: 15, killServiceEvery: 1_500, stopDatabaseEvery: 2_500 },
  });
  process.stdout.write(`${reportOf(report)}\n`);
  expect(report.violations).toEqual([]);
  expect(report.faults.backendsKilled).toBeGreaterThanOrEqual(50);
  expect(report.faults.servicesKilled).toBeGreaterThanOrEqual(2);
  expect(report.faults.databaseStops).toBeGreaterThanOrEqual(2);
  expect(report.journal.retries).toBeGreaterThan(0);
  // All of it was given out, and not one more.
  expect(report.order.remaining).toBe(0);
  expect(report.journal.shown).toBe(200);
}, 120_000);
