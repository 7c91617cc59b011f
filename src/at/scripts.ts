import type {
  Capture,
  Dialect,
  DialectCommand,
  IdentityQueries,
  Network,
  StoredLogin,
} from './dialect.js';
import { renderCommand, renderData } from './render.js';
import type { CommandArguments } from './render.js';
import type { Finish, Script, Step } from './step.js';

/** Leaves a data mode, and undoes `ATQ1` and `ATV0`. Source: ITU-T V.250, 6.2.5 and 6.2.6. */
const repair = renderCommand({ text: '\x1bATQ0V1', rules: {} });

/** How long a module is asked with `AT` until it answers. Units: milliseconds. */
export interface PollTries {
  readonly tries: number;
  readonly tryMs: number;
}

/**
 * The script that finds the beginning of a conversation: `AT` until OK, then the prologue.
 *
 * Shape: `isAfterTrouble` first lets the line fall quiet, for an answer may still be on its way.
 * `polling` stands in place of that of the dialect.
 */
export function syncScript(
  dialect: Dialect,
  isAfterTrouble: boolean,
  polling: PollTries = dialect.sync,
): Script {
  const quiet = step(dialect, 'quiet', {
    finish: { kind: 'quiet' },
    secrecy: 'masked',
    banner: 'expected',
  });
  return script([
    ...(isAfterTrouble ? [quiet] : []),
    { ...poll(dialect, 'sync', polling), repair },
    ...prologue(dialect),
  ]);
}

/** The script with which a conversation begins in a dialect, once the module answers. */
export function prologueScript(dialect: Dialect): Script {
  return script(prologue(dialect));
}

/** The script that sends queries and takes whatever lines come; a refusal is an answer, not the end. */
export function queryScript(dialect: Dialect, commands: readonly string[]): Script {
  return script(
    commands.map((text, at) =>
      step(dialect, `query.${at + 1}`, {
        send: renderCommand({ text, rules: {} }),
        captures: [{ pattern: '(?<line>.*)' }],
        isOptional: true,
      }),
    ),
  );
}

/** The script that asks for one value of the unit; a refusal is an answer, not the end. */
export function identityScript(
  dialect: Dialect,
  what: keyof IdentityQueries,
  alternative: number,
): Script {
  const query = dialect.identity[what]?.[alternative];
  if (query === undefined) {
    return script([]);
  }
  return script([
    step(dialect, what, {
      send: renderCommand({ text: query.command, rules: {} }),
      captures: [query.capture],
      isOptional: true,
    }),
  ]);
}

/** The script that writes the values of a unit. Errors: `command.argument_refused`. */
export function writeScript(dialect: Dialect, values: CommandArguments): Script {
  return script(
    dialect.write.map((command, at) =>
      commandStep(dialect, `write.${at + 1}`, command, values, {
        secrecy: 'lasting',
        isAtomic: true,
      }),
    ),
  );
}

/** The script that shows what is stored. Errors: `command.argument_refused`. */
export function readBackScript(dialect: Dialect, values: CommandArguments = {}): Script {
  const { commands } = dialect.readBack;
  return script(
    commands.map((command, at) =>
      step(dialect, commands.length === 1 ? 'read_back' : `read_back.${at + 1}`, {
        send: renderCommand(command, values),
        captures: command.captures,
        secrecy: 'lasting',
      }),
    ),
  );
}

/** The script that makes a restarted module show what it has saved. */
export function restoreScript(dialect: Dialect, values: CommandArguments): Script {
  return script(
    dialect.readBack.prepare.map((command, at) =>
      commandStep(dialect, `restore.${at + 1}`, command, values, { secrecy: 'lasting' }),
    ),
  );
}

/** The script that restarts the module and waits until it answers again, at most so many tries. */
export function restartScript(dialect: Dialect, mostTries = dialect.restart.pollTries): Script {
  const { command, hasFinal, bannerMs, pollTries, pollMs } = dialect.restart;
  const tries = Math.min(pollTries, mostTries);
  return script([
    step(dialect, 'restart', {
      send: renderCommand({ text: command, rules: {} }),
      finish: { kind: 'banner', bannerMs },
      banner: 'expected',
      timeoutMs: hasFinal ? dialect.answerMs : bannerMs,
      isAtomic: true,
    }),
    poll(dialect, 'restarted', { tries, tryMs: pollMs }),
    ...prologue(dialect),
  ]);
}

/**
 * The script by which the module fetches its own triple from the broker.
 *
 * Shape: the watch `received` holds the payload, in whichever step it comes.
 * Errors: `command.argument_refused`.
 */
export function registerScript(
  dialect: Dialect,
  network: Network,
  values: CommandArguments,
): Script {
  const { prepare, open, connect, received, receivedMs, linkLost, close } = network;
  return {
    watches: { received },
    steps: [
      ...prepare.map((command, at) =>
        commandStep(dialect, `prepare.${at + 1}`, command, values, {}),
      ),
      commandStep(dialect, 'open', open, values, {}),
      commandStep(dialect, 'connect', connect, values, { secrecy: 'lasting' }),
      step(dialect, 'received', {
        finish: { kind: 'watch', watch: 'received', failure: linkLost },
        secrecy: 'lasting',
        timeoutMs: receivedMs,
      }),
      ...closeScript(dialect, close).steps,
    ],
  };
}

/**
 * The script by which the module logs in with what it holds, and hangs up.
 *
 * Errors: `command.argument_refused`.
 */
export function loginScript(
  dialect: Dialect,
  { prepare, open, connect, close }: StoredLogin,
  broker: { readonly host: string; readonly port: number },
): Script {
  return script([
    ...prepare.map((command, at) =>
      commandStep(dialect, `prepare.${at + 1}`, command, { ...broker }, { secrecy: 'lasting' }),
    ),
    ...(open === undefined ? [] : [commandStep(dialect, 'open', open, { ...broker }, {})]),
    commandStep(dialect, 'connect', connect, { ...broker }, {}),
    ...closeScript(dialect, close).steps,
  ]);
}

/** The script that leaves no connection open, so that a next `open` finds the module free. */
export function closeScript(dialect: Dialect, close: readonly DialectCommand[]): Script {
  return script(
    close.map((command, at) =>
      commandStep(dialect, `close.${at + 1}`, { ...command, isOptional: true }, {}, {}),
    ),
  );
}

function prologue(dialect: Dialect): readonly Step[] {
  return dialect.prologue.map((text, at) =>
    step(dialect, `prologue.${at + 1}`, {
      send: renderCommand({ text, rules: {} }),
      isOptional: true,
    }),
  );
}

function poll(dialect: Dialect, id: string, { tries, tryMs }: PollTries): Step {
  return step(dialect, id, {
    send: renderCommand({ text: dialect.sync.command, rules: {} }),
    secrecy: 'masked', // leftovers of an earlier conversation may come first
    banner: 'expected',
    tries,
    timeoutMs: tryMs,
  });
}

function commandStep(
  dialect: Dialect,
  id: string,
  command: DialectCommand,
  values: CommandArguments,
  changes: Partial<Step>,
): Step {
  const { data, success, timeoutMs = dialect.answerMs, isOptional = false } = command;
  return step(dialect, id, {
    send: renderCommand(command, values),
    ...(data === undefined ? {} : { data: renderData(data, values) }),
    finish: finishOf(command, timeoutMs),
    timeoutMs: success === undefined ? timeoutMs : dialect.answerMs,
    isOptional,
    ...changes,
  });
}

function finishOf({ success, failure }: DialectCommand, urcMs: number): Finish {
  const failing = failure === undefined ? {} : { failure };
  return success === undefined
    ? { kind: 'final', ...failing }
    : { kind: 'urc', success, urcMs, ...failing };
}

function step(dialect: Dialect, id: string, changes: Partial<Step>): Step {
  const captures: readonly Capture[] = [];
  return {
    id,
    finish: { kind: 'final' },
    captures,
    secrecy: 'clear',
    banner: 'fault',
    isOptional: false,
    isAtomic: false,
    tries: 1,
    timeoutMs: dialect.answerMs,
    quietMs: dialect.quietMs,
    ...changes,
  };
}

function script(steps: readonly Step[]): Script {
  return { steps, watches: {} };
}
