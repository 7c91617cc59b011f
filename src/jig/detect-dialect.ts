import { dialectsOf, identityCommands, modelText } from '../at/detect.js';
import type { IdentityAnswers } from '../at/detect.js';
import type { Dialect } from '../at/dialect.js';
import { prologueScript, queryScript } from '../at/scripts.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';
import { overResets, synchronise } from './synchronise.js';

const whatToDo = 'name the dialect in the slot';

/**
 * Asks a module what it is and goes on in its dialect.
 *
 * Errors: `SlotStop` with `dialect_unknown`, `dialect_ambiguous`, and those of the chat.
 */
export function detectDialect(chat: Chat, dialects: readonly Dialect[]): Promise<Dialect> {
  return overResets(chat, async () => {
    const answers = await askAll(chat, dialects);
    const [found, ...others] = dialectsOf(dialects, answers);
    if (found === undefined) {
      throw new SlotStop('dialect_unknown', `${said(answers)}: no dialect knows it; ${whatToDo}`);
    }
    if (others.length > 0) {
      const ids = [found, ...others].map(({ id }) => id).join(' and ');
      throw new SlotStop('dialect_ambiguous', `${said(answers)}: ${ids} know it; ${whatToDo}`);
    }
    chat.speak(found);
    const { end } = await chat.run(prologueScript(found));
    if (end === 'module_reset') {
      throw new SlotStop('module_reset', 'restarted at the beginning of the conversation');
    }
    return found;
  });
}

const explainable = ['identity_missing', 'write_refused', 'read_back_refused'];

/**
 * Does a piece of work in the dialect that the slot names; where the module refuses it and says to be
 * of another family, the detail tells that.
 *
 * Errors: those of the work.
 */
export async function explained<T>(
  chat: Chat,
  dialects: readonly Dialect[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SlotStop && explainable.includes(error.reason))) {
      throw error;
    }
    throw await explain(chat, dialects, error);
  }
}

async function explain(
  chat: Chat,
  dialects: readonly Dialect[],
  stop: SlotStop,
): Promise<SlotStop> {
  try {
    const answers = await askAll(chat, dialects);
    const known = dialectsOf(dialects, answers).map(({ id }) => id);
    if (known.length === 0 || known.includes(chat.dialect.id)) {
      return stop;
    }
    const why = `${said(answers)}, which is ${known.join(' or ')}; the slot names ${chat.dialect.id}`;
    const detail = stop.detail === undefined ? why : `${stop.detail}; ${why}`;
    return new SlotStop(stop.reason, detail, { cause: stop });
  } catch {
    return stop; // what was refused is the reason to report, whatever came of the asking
  }
}

function said(answers: IdentityAnswers): string {
  const text = modelText(answers);
  return text === '' ? 'the module does not say what it is' : `the module says it is ${text}`;
}

/** Sends every query once; once more, from a quiet line, where nothing was said and an answer was lost. */
async function askAll(chat: Chat, dialects: readonly Dialect[]): Promise<IdentityAnswers> {
  const commands = identityCommands(dialects);
  const first = await askEach(chat, commands);
  if (!first.hasLost || dialectsOf(dialects, first.answers).length > 0) {
    return first.answers;
  }
  await synchronise(chat, 'after_trouble');
  return (await askEach(chat, commands)).answers;
}

async function askEach(
  chat: Chat,
  commands: readonly string[],
): Promise<{ readonly answers: IdentityAnswers; readonly hasLost: boolean }> {
  const { end, steps } = await chat.run(queryScript(chat.dialect, commands));
  if (end === 'module_reset') {
    throw new SlotStop('module_reset', 'restarted when asked what it is');
  }
  const answers = steps.map(({ captured }, at): [string, string[]] => [
    commands[at] ?? '',
    captured.map(({ fields }) => fields['line'] ?? ''),
  ]);
  return { answers: new Map(answers), hasLost: steps.some((step) => step.end === 'timeout') };
}
