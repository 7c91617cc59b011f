import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSlotFamilies } from '../../../src/simulator/families.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/options.js';
import { openLink } from '../../agent/link.js';
import type { Link } from '../../agent/link.js';
import { Plant } from '../../fault/plant.js';
import { makeOrder, makeProduct } from '../../support/orders.js';
import { Boards } from './boards.js';
import { Dice } from './dice.js';
import { Operator } from './operator.js';
import type { OperatorCounts } from './operator.js';
import { Trouble } from './trouble.js';
import type { Harm } from './trouble.js';
import { judgeShift } from './verdict.js';

/** The families of the sixteen slots with their dialects; of the last nothing can be proven. */
const slotFamilies = [
  ['1-3', 'lierda-nt35e', 'lierda-lmqtt'],
  ['4-6', 'quectel-bc26', 'quectel-qmt'],
  ['7-8', 'eigencomm-ec616', 'eigencomm-ecmt'],
  ['9-10', 'esp-at', 'esp-at'],
  ['11-12', 'nrf91', 'nrf91'],
  ['13', 'ublox-sara', 'ublox-sara'],
  ['14', 'simcom-a76xx', 'simcom-a76xx'],
  ['15', 'fibocom-l610', 'fibocom-l610'],
  ['16', 'yuge', 'yuge-imqtt'],
] as const;
const families = slotFamilies.map(([slots, family]) => `${slots}:${family}`).join(',');
const dialects = Object.fromEntries(slotFamilies.map(([, family, dialect]) => [family, dialect]));

/** What goes wrong in the modules by chance. */
const chances = { fail: 0.08, resetDuringWrite: 0.03, urcNoise: 0.1 };
/** More triples than the fastest machine uses in a minute. */
const quantityPerMinute = 3_000;

/** What a shift is made of. Units: ms. */
export interface ShiftPlan {
  readonly ms: number;
  readonly seed: number;
}

/** What a shift at the jig came to. */
export interface ShiftReport {
  readonly boards: number;
  readonly operator: OperatorCounts;
  readonly harm: Harm;
  /** Sentences on what must never be; none when all held. */
  readonly violations: readonly string[];
}

/**
 * Lets an operator work at a jig of sixteen bad modules while agent, link and service die.
 *
 * Shape: the seed decides which modules fail, how, and what harm is done in which order; when it
 * strikes is the machine's.
 */
export async function workJigShift(
  plan: ShiftPlan,
  isInterrupted: () => boolean,
): Promise<ShiftReport> {
  const folder = await mkdtemp(join(tmpdir(), 'triplemint-soak-jig-'));
  await chmod(folder, 0o711);
  const closing: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  ];
  try {
    const plant = await Plant.start(folder, 1);
    closing.push(() => plant.stop());
    const simulator = await startSimulator({
      slots: 16,
      seed: plan.seed,
      families: parseSlotFamilies(families) ?? [],
      bootMs: 50,
      baudRate: 115_200,
      isChunked: true,
      chances,
    });
    closing.push(() => simulator.close());
    const link = await openLink(() => plant.tlsPort);
    closing.push(() => link.close());
    return await work({ plan, plant, simulator, link, folder }, isInterrupted);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

interface Scene {
  readonly plan: ShiftPlan;
  readonly plant: Plant;
  readonly simulator: Simulator;
  readonly link: Link;
  readonly folder: string;
}

async function work(scene: Scene, isInterrupted: () => boolean): Promise<ShiftReport> {
  const { plan, plant, simulator, link, folder } = scene;
  const { productKey } = await makeProduct(plant);
  const quantity = Math.ceil((plan.ms / 60_000) * quantityPerMinute) + 100;
  const { orderId } = await makeOrder(plant, productKey, { quantity, acceptVolatile: true });
  const stateFolder = join(folder, 'bench');
  const boards = new Boards(simulator);
  const operator = new Operator({
    boards,
    dialects,
    flags: await flagsOf(scene, orderId, stateFolder),
    settings: { DATA_DIR: folder },
    folder,
    dice: new Dice(`operator:${plan.seed}`),
  });
  const trouble = new Trouble(plant, link, {
    link: new Dice(`link:${plan.seed}`),
    service: new Dice(`service:${plan.seed}`),
  });
  const endsAt = Date.now() + plan.ms;
  trouble.start();
  try {
    await operator.work(() => Date.now() > endsAt || isInterrupted());
  } finally {
    await trouble.stop();
  }
  await operator.settle();
  const { output, counts } = operator;
  const evidence = { plant, productKey, orderId, stateFolder, output };
  const violations = [
    ...operator.violations,
    ...(counts.passes > 0 ? [] : ['not one unit passed']),
    ...(await judgeShift({ ...evidence, boards: boards.all })),
  ];
  return { boards: boards.all.length, operator: counts, harm: trouble.harm, violations };
}

async function flagsOf(
  { plant, link, folder }: Scene,
  orderId: string,
  stateFolder: string,
): Promise<string[]> {
  const { body } = await plant.call<{ key: string }>('POST', '/api/v1/stations', { name: 'jig' });
  const keyFile = join(folder, 'station.key');
  await writeFile(keyFile, body.key, { mode: 0o600 });
  const caFile = join(folder, 'tls', 'ca.crt');
  const server = `https://127.0.0.1:${link.port}`;
  const place = ['--server', server, '--ca-file', caFile, '--key-file', keyFile];
  return [...place, '--order', orderId, '--state-dir', stateFolder];
}
