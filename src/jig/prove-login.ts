import type { StoredLogin } from '../at/dialect.js';
import { loginScript } from '../at/scripts.js';
import type { StepResult } from '../at/step.js';
import type { Chat, ChatResult } from './chat.js';
import type { ClaimGrant } from './claims.js';
import { hangUp } from './hang-up.js';
import { describeError, describeUrc } from './read-triple.js';
import { SlotStop } from './slot-result.js';
import { overResets } from './synchronise.js';

const forgotten = 'it has forgotten what was written, or holds something else';
const outOfReach = 'or the broker is out of reach, which not every module tells apart';

/**
 * Has a module log in at the broker with what it holds, and hang up again.
 *
 * Shape: nothing of the triple is told to it; whether the login was that of its device only the
 * service knows, which is asked by the confirm.
 * Errors: `SlotStop` with `broker_unreachable`, `login_refused`, `login_timeout`, `module_reset` and
 * those of the chat. `command.argument_refused` before anything is sent.
 */
export function proveLogin(chat: Chat, broker: ClaimGrant['broker']): Promise<void> {
  return overResets(chat, async () => {
    const { login } = chat.dialect;
    if (login === undefined) {
      throw new SlotStop('read_back_unproven', `${chat.dialect.id} cannot log in by itself`);
    }
    const result = await chat.run(loginScript(chat.dialect, login, broker));
    if (result.end === 'done') {
      return;
    }
    const stop = stopOf(chat, login, result);
    if (stop.reason !== 'module_reset') {
      await hangUp(chat, login.close);
    }
    throw stop;
  });
}

function stopOf(chat: Chat, login: StoredLogin, { end, steps }: ChatResult): SlotStop {
  const last = steps.at(-1);
  if (end === 'module_reset') {
    return new SlotStop('module_reset', 'restarted during the login');
  }
  const what = describeUrc(last) ?? describeError(chat.dialect, last);
  if (last?.id !== 'connect' || isUnreachable(login, end, last)) {
    return new SlotStop('broker_unreachable', end === 'timeout' ? 'no answer to the link' : what);
  }
  return end === 'timeout'
    ? new SlotStop('login_timeout', 'the module does not say what came of its login')
    : new SlotStop(
        'login_refused',
        `${what}: ${login.open ? forgotten : `${forgotten}; ${outOfReach}`}`,
      );
}

/** Also where the command itself is refused, of a module that tells what came of a login apart from that. */
function isUnreachable(
  { connect }: StoredLogin,
  end: ChatResult['end'],
  { urc }: StepResult,
): boolean {
  const isRefusedAtOnce = end === 'refused' && urc === undefined && connect.success !== undefined;
  return isRefusedAtOnce || Boolean(urc?.fields['unreachable']);
}
