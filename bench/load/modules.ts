import type { Simulator } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { serveParent } from '../child.js';

/** Modules on a paced line. Units: baud, ms from a restart to its banner. */
export interface ModulesWish {
  readonly slots: number;
  readonly baudRate: number;
  readonly bootMs: number;
}

/** What the modules did since the message before. Units: bytes both ways, by slot. */
export interface ModulesReport {
  /** The TCP ports of the slots, in order. */
  readonly ports: readonly number[];
  readonly carriedBytes: readonly number[];
  readonly restarts: readonly number[];
  /** Who holds a triple. */
  readonly deviceNames: readonly string[];
}

/** Units: ms that a banner takes to be gone, beyond the boot itself. */
const bannerMs = 100;

let present: Simulator | undefined;
let bootMs = 0;
let carriedBefore: readonly number[] = [];

// A wish starts modules in place of those before; `fresh` puts fresh ones in and waits for their boot;
// anything else reports.
serveParent(async (message) => {
  const { wish, fresh } = message as { wish?: ModulesWish; fresh?: boolean };
  if (wish) {
    await present?.close();
    present = await startSimulator({ ...wish });
    bootMs = wish.bootMs;
    carriedBefore = present.modules.map(() => 0);
  }
  if (!present) throw new Error('there are no modules');
  if (fresh) await replaceAll(present);
  return report(present);
});

async function replaceAll(simulator: Simulator): Promise<void> {
  for (const { slot } of simulator.modules) simulator.replaceModule(slot);
  await new Promise((resolve) => setTimeout(resolve, bootMs + bannerMs));
}

function report({ ports, modules }: Simulator): ModulesReport {
  const carried = modules.map(({ carriedBytes }) => carriedBytes);
  const before = carriedBefore;
  carriedBefore = carried;
  return {
    ports: ports.map(({ port }) => port),
    carriedBytes: carried.map((bytes, index) => bytes - (before[index] ?? 0)),
    restarts: modules.map(({ counts }) => counts.restarts),
    deviceNames: modules.flatMap(({ triple }) => triple?.deviceName ?? []),
  };
}
