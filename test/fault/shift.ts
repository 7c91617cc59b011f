import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../support/command.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { Journal } from './journal.js';
import { Nemesis } from './nemesis.js';
import type { Faults, Harm } from './nemesis.js';
import type { Plant } from './plant.js';
import { Station } from './station.js';

/** How long a shift is at least and at most, how many stations work, how many triples they may take, and what happens. */
export interface ShiftPlan {
  readonly ms: number;
  /** A shift goes on until its quota is used up and enough has gone wrong. Units: ms. */
  readonly mostMs: number;
  readonly leastFaults: Faults;
  readonly stations: number;
  readonly quota: number;
  readonly harm: Harm;
}

/** Lost answers that are told one by one. */
const mostLost = 10;

/** What a shift came to. */
export interface ShiftReport {
  readonly faults: Faults;
  readonly journal: Journal;
  readonly order: ShownOrder & { readonly quota: number };
  /** Sentences on what must never be; none when all held. */
  readonly violations: readonly string[];
}

/** Lets stations work on one order of a plant while a nemesis does harm, and looks at what is left. */
export async function workShift(plant: Plant, plan: ShiftPlan): Promise<ShiftReport> {
  const { productKey } = await makeProduct(plant);
  const { orderId } = await makeOrder(plant, productKey, {
    quantity: plan.quota + 100,
    quota: plan.quota,
  });
  const journal = new Journal();
  const nemesis = new Nemesis(plant, plan.harm);
  const stations = await enrol(plant, plan.stations, (key) => {
    return new Station(plant, key, orderId, journal, Math.random);
  });
  const startedAt = Date.now();
  const isOver = (): boolean => {
    const ms = Date.now() - startedAt;
    const isEnough =
      journal.answers.quotaRefusals > 0 && isAtLeast(nemesis.faults, plan.leastFaults);
    return ms > plan.mostMs || (ms > plan.ms && isEnough);
  };
  nemesis.start();
  try {
    // Who has asked waits for an answer, so the harm ends first.
    const work = stations.map((station) => station.work(isOver));
    while (!isOver()) await delay(50);
    await nemesis.stop();
    await Promise.all(work);
  } finally {
    await nemesis.stop();
    await plant.settle();
  }
  return await lookAt(plant, orderId, journal, nemesis.faults);
}

function isAtLeast(faults: Faults, least: Faults): boolean {
  return (
    faults.backendsKilled >= least.backendsKilled &&
    faults.servicesKilled >= least.servicesKilled &&
    faults.databaseStops >= least.databaseStops
  );
}

async function enrol<T>(
  plant: Plant,
  count: number,
  make: (key: string) => T,
): Promise<readonly T[]> {
  const made: T[] = [];
  for (let station = 1; station <= count; station += 1) {
    const name = `station ${station} of ${Date.now()}`;
    const { body } = await plant.call<{ key: string }>('POST', '/api/v1/stations', { name });
    made.push(make(body.key));
  }
  return made;
}

/** What the service says afterwards, held against what the stations were told. */
async function lookAt(
  plant: Plant,
  orderId: string,
  journal: Journal,
  faults: Faults,
): Promise<ShiftReport> {
  const { body: order } = await plant.call<ShownOrder & { quota: number }>(
    'GET',
    `/api/v1/orders/${orderId}`,
  );
  const violations = [
    ...journal.violations,
    ...(await verified(plant)),
    ...(await lostAnswers(plant, journal)),
  ];
  const states = new Map<string, number>();
  for (const { state } of journal.units.values()) states.set(state, (states.get(state) ?? 0) + 1);
  for (const name of ['leased', 'failed', 'confirmed'] as const) {
    const told = states.get(name) ?? 0;
    if (order[name] !== told) {
      violations.push(`${told} units are ${name}, the order counts ${order[name]}`);
    }
  }
  if (order.quota - order.remaining !== journal.shown) {
    violations.push(
      `${journal.shown} triples were given out of ${order.quota}, ${order.remaining} remain`,
    );
  }
  return { faults, journal, order, violations };
}

interface Traced {
  readonly items: readonly {
    readonly device: { readonly deviceName: string };
    readonly claim: { readonly state: string };
  }[];
}

/** Units that the service knows otherwise than it said; at most some of them. */
async function lostAnswers(plant: Plant, journal: Journal): Promise<string[]> {
  const lost: string[] = [];
  for (const { imei, state, deviceNames } of journal.units.values()) {
    if (state === 'new' || state === 'refused' || lost.length >= mostLost) continue;
    const { body } = await plant.call<Traced>('GET', `/api/v1/units/imei:${imei}`);
    const [newest] = body.items;
    const told = `${deviceNames.at(-1) ?? ''} ${state}`;
    const known = newest ? `${newest.device.deviceName} ${newest.claim.state}` : 'nothing';
    if (known !== told)
      lost.push(`${imei}: a station was told ${told}, the service knows ${known}`);
  }
  return lost;
}

/** What `triplemint verify` finds: nothing, or all that it says. */
async function verified({ dataDir }: Plant): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCommand(['verify'], { DATA_DIR: dataDir });
  return exitCode === 0 ? [] : [`triplemint verify: ${stdout}${stderr}`];
}

/** A shift in one line. */
export function reportOf({ faults, journal, violations }: ShiftReport): string {
  const { backendsKilled, servicesKilled, databaseStops } = faults;
  const { claims, confirms, fails, voids, quotaRefusals } = journal.answers;
  return (
    `faults: ${backendsKilled} backends killed, ${servicesKilled} services killed, ` +
    `${databaseStops} database stops; ${journal.retries} retries; ` +
    `${claims} claims, ${confirms} confirms, ${fails} fails, ${voids} voids, ` +
    `${quotaRefusals} refused for the quota; ${violations.length} violations`
  );
}
