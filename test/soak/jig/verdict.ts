import { Journal } from '../../../src/agent/journal.js';
import { deviceLogin } from '../../../src/core/device-login.js';
import { Secret } from '../../../src/core/secret.js';
import type { Plant } from '../../fault/plant.js';
import { runCommand } from '../../support/command.js';
import { exportTriples } from '../../support/orders.js';
import type { Board } from './boards.js';

/** What is looked at after a shift. Shape: `output` is all that agents printed. */
export interface Evidence {
  readonly plant: Plant;
  readonly productKey: string;
  readonly orderId: string;
  readonly boards: readonly Board[];
  readonly stateFolder: string;
  readonly output: readonly string[];
}

/** A triple of the order and everything that a module may hold of it, by which it is known again. */
interface Minted {
  readonly deviceName: string;
  readonly secrets: readonly string[];
}

interface TracedClaim {
  readonly device: { readonly deviceName: string };
  readonly claim: { readonly state: string } | null;
}

/** Boards that are asked for at once. */
const atOnce = 8;

/**
 * Holds what the modules hold, and what the operator was shown, against what the service believes.
 *
 * Shape: sentences on what must never be; none when all held.
 */
export async function judgeShift(evidence: Evidence): Promise<string[]> {
  const { plant, orderId, boards, output, stateFolder } = evidence;
  const triples = await exportTriples(plant, orderId);
  const known = recogniser(evidence.productKey, triples);
  const found: string[] = [];
  const holders = new Map<string, string>();
  const waiting = [...boards];
  const judgeNext = async (): Promise<void> => {
    for (let board = waiting.pop(); board; board = waiting.pop()) {
      const claims = await claimsOf(plant, board);
      found.push(...judgeBoard(board, known, claims, holders));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, judgeNext));
  const secrets = new Set(triples.values());
  const told = output.flatMap((text) => text.match(/[0-9a-f]{32,}/g) ?? []);
  if (told.some((word) => secrets.has(word))) found.push('an agent printed a secret');
  return [...found, ...(await leftOpen(stateFolder)), ...(await verified(plant))];
}

/** Tells whose a value is that a module holds. */
function recogniser(productKey: string, triples: ReadonlyMap<string, string>): Map<string, Minted> {
  const known = new Map<string, Minted>();
  for (const [deviceName, text] of triples) {
    const triple = { productKey, deviceName, deviceSecret: new Secret(text) };
    const { clientId, username, password } = deviceLogin(triple);
    const minted = { deviceName, secrets: [text, password.expose()] };
    for (const value of [deviceName, clientId, username, ...minted.secrets]) {
      known.set(value, minted);
    }
  }
  return known;
}

function judgeBoard(
  board: Board,
  known: ReadonlyMap<string, Minted>,
  claims: readonly TracedClaim[],
  holders: Map<string, string>,
): string[] {
  const view = board.view();
  const who = `${view.family} ${view.imei} of slot ${board.slot}`;
  const values = [...view.stored.values()].map((value) => value.expose());
  const held = new Set(values.flatMap((value) => known.get(value)?.deviceName ?? []));
  const live = claims.filter(({ claim }) => claim !== null && claim.state !== 'void');
  const found: string[] = [];
  for (const deviceName of held) {
    const other = holders.get(deviceName);
    if (other !== undefined) found.push(`${deviceName} is in ${other} and in ${who}`);
    holders.set(deviceName, who);
    if (!live.some(({ device }) => device.deviceName === deviceName)) {
      found.push(`${who} holds ${deviceName}, and the service knows nothing of that`);
    }
  }
  if (held.size > 1) found.push(`${who} holds ${[...held].join(' and ')}`);
  const isOneUnit = !board.faults.includes('imei-changes');
  if (live.length > 1 && isOneUnit)
    found.push(`the service knows ${live.length} live triples of ${who}`);
  const strange = values.some((value) => /^[0-9a-f]{32,}$/.test(value) && !known.has(value));
  if (strange && !board.faults.includes('stores-wrong')) {
    found.push(`${who} holds a secret that was never minted`);
  }
  if (live.some(({ claim }) => claim?.state === 'leased')) {
    found.push(`${who} has ended, and its claim is still leased`);
  }
  if (board.passedAs !== undefined) {
    found.push(...judgePass(who, known.get(board.passedAs), values, live));
  }
  return found;
}

/** A PASS that was shown: the module holds what the service has confirmed for it. */
function judgePass(
  who: string,
  minted: Minted | undefined,
  values: readonly string[],
  live: readonly TracedClaim[],
): string[] {
  if (!minted) return [`${who} passed with a triple that is not of this order`];
  const { deviceName, secrets } = minted;
  const claim = live.find(({ device }) => device.deviceName === deviceName)?.claim;
  return [
    ...(claim?.state === 'confirmed'
      ? []
      : [`${who} passed as ${deviceName}, its claim is ${claim?.state ?? 'nowhere'}`]),
    ...(values.some((value) => secrets.includes(value))
      ? []
      : [`${who} passed as ${deviceName} and does not hold its secret`]),
  ];
}

/** Every claim that the service has of a unit, by each IMEI that it has shown. */
async function claimsOf(plant: Plant, board: Board): Promise<readonly TracedClaim[]> {
  const { family, imei } = board.view();
  const found: TracedClaim[] = [];
  for (const shown of new Set([board.firstImei, imei])) {
    const identity = family === 'esp-at' ? `mac:${macOf(shown)}` : `imei:${shown}`;
    const path = `/api/v1/units/${encodeURIComponent(identity)}`;
    const { status, body } = await plant.call<{ items: readonly TracedClaim[] }>('GET', path);
    if (status === 200) found.push(...body.items);
  }
  return found;
}

/** As the simulated module makes it of its IMEI. */
function macOf(imei: string): string {
  return ['02', ...(imei.slice(-10).match(/../g) ?? [])].join(':');
}

/** What the agent believes to be still open, when all has ended. */
async function leftOpen(stateFolder: string): Promise<string[]> {
  const journal = await Journal.open(stateFolder);
  await journal.close();
  const { unfinished, waiting } = journal.found;
  return [
    ...unfinished.map(({ deviceName }) => `the agent has ${deviceName} as unfinished`),
    ...waiting.map(({ claimId }) => `the agent has a result of ${claimId} waiting`),
  ];
}

/** What `triplemint verify` finds: nothing, or all that it says. */
async function verified({ dataDir }: Plant): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCommand(['verify'], { DATA_DIR: dataDir });
  return exitCode === 0 ? [] : [`triplemint verify: ${stdout}${stderr}`];
}
