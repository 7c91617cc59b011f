import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Dialect } from '../at/dialect.js';
import { dialects as builtInDialects } from '../at/find-dialect.js';
import type { Api } from '../commands/api-client.js';
import { connect } from '../commands/remote.js';
import type { RemoteFlags } from '../commands/remote-flags.js';
import { exitCodes, tell } from '../commands/telling.js';
import { DomainError } from '../core/errors.js';
import type { JigMode } from '../jig/batch.js';
import { readDialects } from '../dialects/dialect-files.js';
import { loadEnv, processEnv } from '../platform/env.js';
import { createLogger } from '../platform/logger.js';
import { Bench } from './bench.js';
import { Journal } from './journal.js';
import { learnFrom, learnOwn } from './learn-dialects.js';
import { Owner } from './owner.js';
import { defaultPatience, linkTrouble, reasonOf } from './patience.js';
import { Scans } from './scans.js';
import { readSlotsFile } from './slots.js';
import { lockState } from './state-lock.js';
import { askMe, askWho, workOf } from './station.js';
import type { FoundWork, Who, Work } from './station.js';
import { liveView, plainView } from './view.js';
import type { View } from './view.js';

/** What the agent is started with. */
export interface AgentFlags extends RemoteFlags {
  readonly slots?: string;
  readonly dialects?: string;
  readonly order?: string;
  readonly stateDir?: string;
  readonly once: boolean;
  readonly loop: boolean;
  readonly mode: JigMode;
  readonly retries: number;
  readonly verbose: boolean;
}

/** Units: ms between two looks at a slot without a unit. */
const lookEveryMs = 1_000;
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
    const begun = await begin(flags, stop.signal, closing);
    const worked = work(begun, flags, stop.signal);
    await worked.catch(() => undefined);
    // What waits is sent whatever becomes of the work; why there was none is told after that.
    const areTaken = await begun.bench.close();
    if (!(await worked) || !areTaken) process.exitCode = exitCodes.trouble;
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

/** An agent that sends what waits, whatever there is to work on. */
interface Begun {
  readonly api: Api;
  readonly who: Who;
  readonly bench: Bench;
  readonly folder: string;
  readonly view: View;
}

async function begin(
  flags: AgentFlags,
  signal: AbortSignal,
  closing: (() => Promise<unknown>)[],
): Promise<Begun> {
  const { dataDir } = loadEnv(processEnv());
  if (flags.keyFile === undefined) {
    throw new DomainError('agent.key_needed', 'No --key-file was given.');
  }
  const api = await connect(flags, silenceMs);
  const folder = flags.stateDir ?? join(dataDir, 'agent');
  closing.push(await lockState(folder));
  const journal = await Journal.open(folder);
  closing.push(() => journal.close());
  const view = process.stdout.isTTY ? liveView(process.stdout) : plainView();
  const owner = new Owner({ journal, server: api.base, askMe: () => askMe(api) });
  const who = await askWho(api);
  if ('me' in who) await owner.assure(who.me);
  const { mode, retries, verbose: isVerbose } = flags;
  const parts = { api, journal, owner, folder, signal, view, mode, retries, isVerbose };
  const bench = new Bench({ ...parts, patience: defaultPatience });
  await bench.open();
  return { api, who, bench, folder, view };
}

/** Shape: true where all slots passed. Errors: why there is nothing to work on. */
async function work(begun: Begun, flags: AgentFlags, signal: AbortSignal): Promise<boolean> {
  const { bench, folder, view } = begun;
  const { remark, trouble, ...found } = await findWork(begun, flags);
  if (trouble) bench.hearLink(linkTrouble(trouble));
  if (remark) view.warn(remark);
  view.say(`agent: ${found.slots.length} slots, ${found.orderId}, state in ${folder}`);
  if (flags.once) return await bench.run(found);
  if (!flags.loop) return await runAtEnter(bench, found, view, signal);
  view.say('put units on the slots; Ctrl-C ends');
  return await bench.watch(found, lookEveryMs);
}

async function findWork({ api, who, view }: Begun, flags: AgentFlags): Promise<FoundWork> {
  const given = flags.dialects === undefined ? [] : await readDialects(flags.dialects);
  const learn = learnFrom(api, given);
  const slots = flags.slots === undefined ? undefined : await readSlotsFile(flags.slots, learn);
  const found = await workOf(api, who, { slots, orderId: flags.order }, learn);
  const own = found.trouble ? given : await ownFor(found, { api, given, view });
  return { ...found, dialects: [...builtInDialects, ...own] };
}

/** The dialects beside the built-in ones; those of the service where a module is asked what it is. */
async function ownFor(
  { slots }: Work,
  { api, given, view }: { api: Api; given: readonly Dialect[]; view: View },
): Promise<readonly Dialect[]> {
  if (slots.every(({ dialect }) => dialect !== undefined)) return given;
  return await learnOwn(api, given, (what, error) => {
    view.warn(`${what} cannot be had: ${reasonOf(error)}`);
  });
}

/** One run for every Enter on standard input; what is typed or scanned before it is for that run. */
async function runAtEnter(
  bench: Bench,
  work: Work,
  view: View,
  signal: AbortSignal,
): Promise<boolean> {
  // Told here, it ends the lines also where it came before.
  const lines = createInterface({ input: process.stdin, signal });
  const scans = new Scans(work.slots);
  const invite = 'close the jig and press Enter; Ctrl-D ends';
  let isGood = true;
  view.say(invite);
  for await (const text of lines) {
    const line = text.trim();
    if (signal.aborted || line === 'q') break;
    if (line === 'c') view.say(scans.clear());
    else if (line !== '') view.say(scans.add(line));
    if (line !== '') continue;
    isGood = (await bench.run({ ...work, slots: scans.take() })) && isGood;
    view.say(invite);
  }
  return isGood && !signal.aborted;
}
