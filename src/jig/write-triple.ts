import { writeScript } from '../at/scripts.js';
import type { Chat } from './chat.js';
import type { ProofKind } from './choose-proof.js';
import { describeError, readTriple } from './read-triple.js';
import type { Verdict } from './read-triple.js';
import { SlotStop } from './slot-result.js';
import type { SlotPhase, SlotReason } from './slot-result.js';
import { synchronise } from './synchronise.js';
import type { UnitValues } from './unit-values.js';

const tries = 2;

const verdictReasons = {
  empty: 'read_back_empty',
  mismatch: 'read_back_mismatch',
  refused: 'read_back_refused',
  unproven: 'read_back_unproven',
} as const satisfies Record<Exclude<Verdict['kind'], 'match'>, SlotReason>;

/** Tells whether a read-back is as good as the proof wants it, which for a login may show no secret. */
export function isEnough(
  verdict: Verdict,
  proof: ProofKind,
): verdict is Extract<Verdict, { kind: 'match' | 'unproven' }> {
  return verdict.kind === 'match' || (verdict.kind === 'unproven' && proof === 'login');
}

/** Gives the stop for a read-back that does not match. */
export function stopFor(verdict: Exclude<Verdict, { kind: 'match' }>): SlotStop {
  return new SlotStop(verdictReasons[verdict.kind], verdict.detail);
}

/**
 * Writes a triple and reads it back; a try that failed is followed by one more with the same triple,
 * but for a module that shows no secret: writing again would prove no more.
 *
 * Shape: with the proof `login` it is enough that nothing wrong is shown.
 *
 * Errors: `SlotStop` of the last try: `write_refused`, `module_reset`, a reason of the read-back;
 * and those of the chat. `command.argument_refused` before anything is sent.
 */
export async function writeTriple(
  chat: Chat,
  unit: UnitValues,
  proof: ProofKind,
  enter: (phase: SlotPhase) => void,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    enter('write');
    const stop = await tryToWrite(chat, unit, proof, enter);
    if (stop === undefined) {
      return;
    }
    if (round === tries || stop.reason === 'read_back_unproven') {
      throw stop;
    }
    await synchronise(chat, 'after_trouble');
  }
}

async function tryToWrite(
  chat: Chat,
  unit: UnitValues,
  proof: ProofKind,
  enter: (phase: SlotPhase) => void,
): Promise<SlotStop | undefined> {
  const { end, steps } = await chat.run(writeScript(chat.dialect, unit));
  if (end === 'module_reset') {
    return new SlotStop('module_reset', 'restarted during the write');
  }
  if (end === 'refused') {
    return new SlotStop('write_refused', describeError(chat.dialect, steps.at(-1)));
  }
  if (end === 'timeout') {
    // No answer means unknown: what the module holds decides.
    await synchronise(chat, 'after_trouble');
    if (chat.dialect.readBack.mode === 'none') {
      return new SlotStop('no_answer', 'the write was not answered');
    }
  }
  enter('read_back');
  try {
    const verdict = await readTriple(chat, unit);
    return isEnough(verdict, proof) ? undefined : stopFor(verdict);
  } catch (error) {
    if (error instanceof SlotStop && error.reason === 'module_reset') {
      return error;
    }
    throw error;
  }
}
