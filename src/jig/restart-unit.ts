import { restartScript, restoreScript } from '../at/scripts.js';
import type { StepResult } from '../at/step.js';
import type { Chat } from './chat.js';
import { describeError } from './read-triple.js';
import { SlotStop } from './slot-result.js';
import { isSilence, searchRates, synchronise } from './synchronise.js';
import type { UnitValues } from './unit-values.js';

/** At the present rate, where there are others: most modules come back at the one that they had. */
const triesBeforeSearch = 4;

/**
 * Restarts a module and waits until it answers again; a module that only says so has not restarted.
 *
 * Errors: `SlotStop` with `restart_refused`, `restart_timeout` (it never came back), `restart_unproven`
 * (no banner, no silence, no return of the echo), and those of the chat.
 */
export async function restartUnit(chat: Chat): Promise<void> {
  if (!(await tryToRestart(chat)) && !(await tryToRestart(chat))) {
    throw unproven();
  }
}

/** Gives false where the command may have been lost: no OK, and no sign of a restart. */
async function tryToRestart(chat: Chat): Promise<boolean> {
  const hadEcho = chat.hasEcho;
  const rates = chat.baudRates;
  const mostTries = rates.length > 1 ? triesBeforeSearch : undefined;
  const { end, steps } = await chat.run(restartScript(chat.dialect, mostTries));
  const [command, poll] = steps;
  if (command === undefined || command.end === 'refused') {
    throw new SlotStop('restart_refused', describeError(chat.dialect, command));
  }
  if (end === 'module_reset') {
    await synchronise(chat, 'after_trouble');
    return true;
  }
  if (end === 'timeout') {
    await search(chat);
    if (chat.baudRates[0] !== rates[0]) {
      return true; // back at another rate: a restart, whatever else was heard
    }
  }
  if (end === 'refused') {
    await synchronise(chat, 'after_trouble');
  }
  if (hasRestarted(command, poll, hadEcho)) {
    return true;
  }
  if (command.hasSeenOk) {
    throw unproven();
  }
  return false;
}

/** Looks for a module that came back at another rate, its default one, or boots for long. */
async function search(chat: Chat): Promise<void> {
  const { pollTries, pollMs } = chat.dialect.restart;
  const late = new SlotStop('restart_timeout', 'it did not answer again after the restart');
  if (chat.baudRates.length < 2) {
    throw late;
  }
  try {
    await searchRates(chat, 'after_trouble', (pollTries - triesBeforeSearch) * pollMs);
  } catch (error) {
    throw error instanceof SlotStop && isSilence(error) ? late : error;
  }
}

/**
 * Makes a restarted module load what it has saved, where its dialect asks for that.
 *
 * Errors: `SlotStop` with `read_back_refused`, `no_answer`, `module_reset`, and those of the chat.
 */
export async function restoreUnit(chat: Chat, unit: UnitValues): Promise<void> {
  const { end, steps } = await chat.run(restoreScript(chat.dialect, unit));
  switch (end) {
    case 'done':
      return;
    case 'refused':
      throw new SlotStop('read_back_refused', describeError(chat.dialect, steps.at(-1)));
    case 'timeout':
      throw new SlotStop('no_answer', 'what was saved was not loaded again');
    case 'module_reset':
      throw new SlotStop('module_reset', 'restarted while it loaded what was saved');
  }
}

function unproven(): SlotStop {
  return new SlotStop('restart_unproven', 'neither banner nor silence nor echo after the restart');
}

function hasRestarted(
  command: StepResult,
  poll: StepResult | undefined,
  hadEcho: boolean,
): boolean {
  if (command.hasSeenBanner || poll === undefined) {
    return command.hasSeenBanner;
  }
  // A lost AT happens; two in a row are the silence of a boot, or of a contact that was open: then
  // the command was lost as well.
  const isSilenceOfBoot = command.hasSeenOk && poll.tries > 2;
  return poll.hasSeenBanner || isSilenceOfBoot || (poll.hasSeenEcho && !hadEcho);
}
