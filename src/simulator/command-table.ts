import { busy, renderRefusal, syntaxError } from './answers.js';
import type { Answer } from './answers.js';
import { parseCommandLine } from './command-line.js';
import type { UnitContext } from './context.js';
import type { Line } from './line.js';

/** A unit with the fault `busy` loses every command of this count. */
const busyEvery = 4;

/** Carries out one command line. Shape: latin1 text; what is no command is answered with ERROR. */
export function carryOut(unit: UnitContext, text: string): Answer {
  const { family, faults, counts } = unit;
  if (faults.has('busy') && counts.commands % busyEvery === 0) return family.busy ?? busy;
  const command = parseCommandLine(text, family.hasEscapes);
  if (!command || !Object.hasOwn(family.handlers, command.name)) return syntaxError;
  const answer = family.handlers[command.name]?.(unit, command) ?? syntaxError;
  const hasResult = command.form !== 'read' && family.results?.includes(command.name) === true;
  return faults.has('no-ok') && hasResult && answer.kind === 'ok'
    ? { ...answer, kind: 'mute' }
    : answer;
}

/** The lines of an answer, its final result last. */
export function answerLines(answer: Exclude<Answer, { kind: 'prompt' }>, cmee: number): Line[] {
  switch (answer.kind) {
    case 'ok':
      return [...answer.lines, 'OK'];
    case 'mute':
      return [...answer.lines];
    case 'refused':
      return [renderRefusal(answer.cme, cmee)];
    case 'error':
      return ['ERROR'];
  }
}
