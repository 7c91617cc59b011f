import { renderRefusal, syntaxError } from './answers.js';
import type { Answer } from './answers.js';
import { parseCommandLine } from './command-line.js';
import type { UnitContext } from './context.js';
import type { Line } from './line.js';

/** Carries out one command line. Shape: latin1 text; what is no command is answered with ERROR. */
export function carryOut(unit: UnitContext, text: string): Answer {
  const { handlers, hasEscapes } = unit.family;
  const command = parseCommandLine(text, hasEscapes);
  if (!command || !Object.hasOwn(handlers, command.name)) return syntaxError;
  return handlers[command.name]?.(unit, command) ?? syntaxError;
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
