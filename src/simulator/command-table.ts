import { renderRefusal, syntaxError } from './answers.js';
import type { Answer } from './answers.js';
import { parseCommandLine } from './command-line.js';
import { configure } from './config-commands.js';
import type { Handlers, UnitContext } from './context.js';
import { generalCommands } from './general-commands.js';
import { closeLink, logIn, logOut, openLink } from './mqtt-commands.js';
import { publish, subscribe } from './topic-commands.js';

const handlers: Handlers = {
  ...generalCommands,
  '+LMQTTCFG': configure,
  '+LMQTTOPEN': openLink,
  '+LMQTTCONN': logIn,
  '+LMQTTSUBUNSUB': subscribe,
  '+LMQTTPUB': publish,
  '+LMQTTDISC': logOut,
  '+LMQTTCLOSE': closeLink,
};

/** Carries out one command line. Shape: latin1 text; what is no command is answered with ERROR. */
export function carryOut(unit: UnitContext, line: string): Answer {
  const command = parseCommandLine(line);
  if (!command || !Object.hasOwn(handlers, command.name)) return syntaxError;
  return handlers[command.name]?.(unit, command) ?? syntaxError;
}

/** The lines of an answer, its final result last. */
export function answerLines(answer: Exclude<Answer, { kind: 'prompt' }>, cmee: number): string[] {
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
