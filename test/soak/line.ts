import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Plant } from '../fault/plant.js';
import { reportOf, workShift } from '../fault/shift.js';
import type { ShiftReport } from '../fault/shift.js';

/** Units: ms; a shift is long enough for some of every harm. */
const shiftMs = 30_000;
const plan = {
  ms: shiftMs,
  mostMs: 4 * shiftMs,
  leastFaults: { backendsKilled: 100, servicesKilled: 3, databaseStops: 3 },
  stations: 20,
  harm: { killBackendsEvery: 15, killServiceEvery: 3_000, stopDatabaseEvery: 4_000 },
};
/** Triples of one shift: fewer than a line asks for, so that the end of a quota is seen too. */
const quota = 1_500;

/**
 * Lets a line work, shift after shift, while a nemesis kills parts of the plant.
 *
 * Shape: answers how many violations there were; `isInterrupted` ends it after the shift.
 */
export async function soakLine(
  minutes: number,
  isInterrupted: () => boolean,
  say: (line: string) => void,
): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'triplemint-soak-'));
  await chmod(dataDir, 0o711);
  const endsAt = Date.now() + minutes * 60_000;
  const plant = await Plant.start(dataDir, 2);
  const reports: ShiftReport[] = [];
  try {
    while (Date.now() < endsAt && !isInterrupted()) {
      const report = await workShift(plant, { ...plan, quota });
      reports.push(report);
      say(`shift ${reports.length}: ${reportOf(report)}`);
      for (const violation of report.violations) say(`  VIOLATION: ${violation}`);
    }
  } finally {
    await plant.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  say(totalOf(reports));
  return reports.reduce((sum, { violations }) => sum + violations.length, 0);
}

function totalOf(reports: readonly ShiftReport[]): string {
  const sum = (count: (report: ShiftReport) => number): number =>
    reports.reduce((total, report) => total + count(report), 0);
  const faults = sum(
    ({ faults: { backendsKilled, servicesKilled, databaseStops } }) =>
      backendsKilled + servicesKilled + databaseStops,
  );
  const retries = sum(({ journal }) => journal.retries);
  const claims = sum(({ journal }) => journal.answers.claims);
  const violations = sum((report) => report.violations.length);
  return (
    `${reports.length} shifts, ${claims} claims, ${faults} faults, ${retries} retries: ` +
    `${violations} violations`
  );
}
