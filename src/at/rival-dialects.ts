import { checkPattern } from './check-pattern.js';
import { dialectsOf, identityCommands } from './detect.js';
import type { Dialect } from './dialect.js';
import { textsOf } from './pattern-facts.js';

/** A dialect that knows a module which another one knows too. Shape: `model` is what the module says. */
export interface Rival {
  readonly id: string;
  readonly model: string;
}

/**
 * Finds the dialects that make modules of a dialect ambiguous where their slot names none.
 *
 * Shape: each once. Tried are the names of the modules of all of them and the plain text of the
 * dialect's own patterns, as the answer to every question: what else a module says is not known here.
 */
export function rivalsOf(dialect: Dialect, others: readonly Dialect[]): readonly Rival[] {
  return others
    .filter(({ id }) => id !== dialect.id)
    .flatMap((other) => {
      const model = [...dialect.modules, ...textsIn(dialect), ...other.modules].find(
        (name) => knowing([dialect, other], name) === 2,
      );
      return model === undefined ? [] : [{ id: other.id, model }];
    });
}

function knowing(pair: readonly Dialect[], name: string): number {
  const answers = identityCommands(pair).map((command): [string, string[]] => [command, [name]]);
  return dialectsOf(pair, new Map(answers)).length;
}

function textsIn({ match, maxLineBytes }: Dialect): readonly string[] {
  return match.flatMap(({ capture }) => {
    const tree = checkPattern(capture.pattern, maxLineBytes);
    return typeof tree === 'string' ? [] : [textsOf(tree).texts.join('')];
  });
}
