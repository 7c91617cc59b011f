import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from '../commands/remote.js';
import type { RemoteFlags } from '../commands/remote-flags.js';
import { exitCodes, tell } from '../commands/telling.js';
import { DomainError } from '../core/errors.js';
import { loadEnv, processEnv } from '../platform/env.js';
import { createLogger } from '../platform/logger.js';
import { Bench } from './bench.js';
import { Journal } from './journal.js';
import { defaultPatience } from './patience.js';
import { readSlotsFile } from './slots.js';
import { lockState } from './state-lock.js';
import { workOf } from './station.js';
import type { Work } from './station.js';

/** What the agent is started with. */
export interface AgentFlags extends RemoteFlags {
  readonly slots?: string;
  readonly order?: string;
  readonly stateDir?: string;
  readonly once: boolean;
  readonly verbose: boolean;
}

/** Units: ms of silence on the line to the service after which a request counts as unanswered. */
const silenceMs = 10_000;

/**
 * Runs the jig of this PC until its work is done, standard input ends or a signal comes.
 *
 * Shape: exit code 0 where every slot passed and every result was taken, 1 where not, 2 where the
 * agent could not begin.
 */
export async function startAgent(flags: AgentFlags): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const { bench, work } = await begin(flags, stop.signal, closing);
    const isGood = await runs(bench, work, flags.once, stop.signal);
    const areTaken = await bench.close();
    if (!isGood || !areTaken) process.exitCode = exitCodes.trouble;
  } catch (error) {
    if (!(error instanceof DomainError)) {
      createLogger('warn').fatal({ err: error }, 'agent.failed');
    }
    tell(error, exitCodes.wrongUse);
  } finally {
    for (const close of closing.reverse()) await close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function begin(
  flags: AgentFlags,
  signal: AbortSignal,
  closing: (() => Promise<unknown>)[],
): Promise<{ bench: Bench; work: Work }> {
  const { dataDir } = loadEnv(processEnv());
  const slots = flags.slots === undefined ? undefined : await readSlotsFile(flags.slots);
  const api = await connect(flags, silenceMs);
  const folder = flags.stateDir ?? join(dataDir, 'agent');
  closing.push(await lockState(folder));
  const journal = await Journal.open(folder);
  closing.push(() => journal.close());
  const work = await workOf(api, { slots, orderId: flags.order });
  if (work.trouble) say(`offline: ${work.trouble.message}`);
  const parts = { api, journal, signal, patience: defaultPatience, isVerbose: flags.verbose };
  const bench = new Bench({ ...parts, say, warn });
  bench.open();
  say(`agent: ${work.slots.length} slots, ${work.orderId}, state in ${folder}`);
  return { bench, work };
}

/** One run, or one for every line of standard input. Shape: true where all slots passed. */
async function runs(
  bench: Bench,
  work: Work,
  isOnce: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (isOnce) return await bench.run(work);
  const lines = createInterface({ input: process.stdin });
  const onAbort = (): void => {
    lines.close();
  };
  signal.addEventListener('abort', onAbort);
  let isGood = true;
  say('close the jig and press Enter; Ctrl-D ends');
  for await (const line of lines) {
    if (signal.aborted) break;
    if (line.trim() === 'q') break;
    isGood = (await bench.run(work)) && isGood;
    say('close the jig and press Enter; Ctrl-D ends');
  }
  return isGood && !signal.aborted;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`triplemint: ${line}\n`);
}
