import type { Secret } from '../core/secret.js';
import type { Triple } from '../core/triple.js';
import type { Capture, Dialect, IdentityQueries, Network, UrcCommand } from './dialect.js';
import { renderCommand } from './render.js';
import type { CommandArguments } from './render.js';
import type { Script, Step } from './step.js';

/** What a module needs to log in for its registration. */
export interface RegistrationLogin {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly username: string;
  readonly password: Secret;
}

/**
 * The script that finds the beginning of a conversation: `AT` until OK, then the prologue.
 *
 * Shape: `isAfterTrouble` first lets the line fall quiet, for an answer may still be on its way.
 */
export function syncScript(dialect: Dialect, isAfterTrouble: boolean): Script {
  const quiet = step(dialect, 'quiet', {
    finish: { kind: 'quiet' },
    secrecy: 'masked',
    banner: 'expected',
  });
  const { command, tries, tryMs } = dialect.sync;
  return script([
    ...(isAfterTrouble ? [quiet] : []),
    poll(dialect, 'sync', command, tries, tryMs),
    ...prologue(dialect),
  ]);
}

/** The script that asks for one value of the unit; a refusal is an answer, not the end. */
export function identityScript(
  dialect: Dialect,
  what: keyof IdentityQueries,
  alternative: number,
): Script {
  const query = dialect.identity[what][alternative];
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

/** The script that writes a triple. Errors: `command.argument_refused`. */
export function writeScript(dialect: Dialect, triple: Triple): Script {
  const values = { ...triple };
  return script(
    dialect.write.map((template, at) =>
      step(dialect, `write.${at + 1}`, {
        send: renderCommand(template, values),
        secrecy: 'lasting',
        isAtomic: true,
      }),
    ),
  );
}

/** The script that reads the stored triple back. */
export function readBackScript(dialect: Dialect): Script {
  const { command, captures } = dialect.readBack;
  return script([
    step(dialect, 'read_back', { send: renderCommand(command), captures, secrecy: 'lasting' }),
  ]);
}

/** The script that restarts the module and waits until it answers again. */
export function restartScript(dialect: Dialect): Script {
  const { command, hasFinal, bannerMs, pollTries, pollMs } = dialect.restart;
  return script([
    step(dialect, 'restart', {
      send: renderCommand({ text: command, rules: {} }),
      finish: { kind: 'banner', bannerMs },
      banner: 'expected',
      timeoutMs: hasFinal ? dialect.answerMs : bannerMs,
      isAtomic: true,
    }),
    poll(dialect, 'restarted', dialect.sync.command, pollTries, pollMs),
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
  login: RegistrationLogin,
): Script {
  const values = { ...login };
  return {
    watches: { received: network.received },
    steps: [
      ...network.prepare.map((template, at) =>
        step(dialect, `prepare.${at + 1}`, { send: renderCommand(template), isOptional: true }),
      ),
      urcStep(dialect, 'open', network.open, values, {}),
      urcStep(dialect, 'connect', network.connect, values, { secrecy: 'lasting' }),
      step(dialect, 'received', {
        finish: { kind: 'watch', watch: 'received', failure: network.linkLost },
        secrecy: 'lasting',
        timeoutMs: network.receivedMs,
      }),
      ...closeScript(dialect, network).steps,
    ],
  };
}

/** The script that leaves no connection open, so that a next `open` finds the module free. */
export function closeScript(dialect: Dialect, network: Network): Script {
  return script(
    network.close.map((command, at) =>
      urcStep(dialect, `close.${at + 1}`, command, {}, { isOptional: true }),
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

function poll(dialect: Dialect, id: string, text: string, tries: number, tryMs: number): Step {
  return step(dialect, id, {
    send: renderCommand({ text, rules: {} }),
    secrecy: 'masked', // leftovers of an earlier conversation may come first
    banner: 'expected',
    tries,
    timeoutMs: tryMs,
  });
}

function urcStep(
  dialect: Dialect,
  id: string,
  command: UrcCommand,
  values: CommandArguments,
  changes: Partial<Step>,
): Step {
  return step(dialect, id, {
    send: renderCommand(command.command, values),
    finish: {
      kind: 'urc',
      success: command.success,
      failure: command.failure,
      urcMs: command.timeoutMs,
    },
    ...changes,
  });
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
