import { restartScript } from '../at/scripts.js';
import type { StepResult } from '../at/step.js';
import type { Chat } from './chat.js';
import { describeError } from './read-triple.js';
import { SlotStop } from './slot-result.js';
import { synchronise } from './synchronise.js';

/**
 * Restarts a module and waits until it answers again; a module that only says so has not restarted.
 *
 * Errors: `SlotStop` with `restart_refused`, `restart_timeout` (it never came back), `restart_unproven`
 * (no banner, no silence, no return of the echo), and those of the chat.
 */
export async function restartUnit(chat: Chat): Promise<void> {
  const hadEcho = chat.hasEcho;
  const { end, steps } = await chat.run(restartScript(chat.dialect));
  const [command, poll] = steps;
  if (command === undefined || command.end === 'refused') {
    throw new SlotStop('restart_refused', describeError(chat.dialect, command));
  }
  if (end === 'module_reset') {
    await synchronise(chat, 'after_trouble');
    return;
  }
  if (end === 'timeout') {
    throw new SlotStop('restart_timeout', 'it did not answer again after the restart');
  }
  if (end === 'refused') {
    await synchronise(chat, 'after_trouble');
  }
  if (!hasRestarted(command, poll, hadEcho)) {
    throw new SlotStop('restart_unproven', 'neither banner nor silence nor echo after the restart');
  }
}

function hasRestarted(
  command: StepResult,
  poll: StepResult | undefined,
  hadEcho: boolean,
): boolean {
  if (command.hasSeenBanner || poll === undefined) {
    return command.hasSeenBanner;
  }
  // A lost AT happens; two in a row are the silence of a boot.
  return poll.hasSeenBanner || poll.tries > 2 || (poll.hasSeenEcho && !hadEcho);
}
