import { ok, okThen, syntaxError, wrongParameter } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn } from './command-line.js';
import type { CommandLine } from './command-line.js';
import type { Handler, Handlers, OpenArguments, UnitContext } from './context.js';
import type { Identity } from './identity.js';

const baudRates = [4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

/**
 * Commands that every family has.
 *
 * Source: ITU-T V.250, 3GPP TS 27.007.
 */
export const basicCommands: Handlers = {
  '': () => ok(),
  E: setEcho,
};

/**
 * Line, network and power commands of cellular modules.
 *
 * Source: 3GPP TS 27.007.
 */
export const cellularCommands: Handlers = {
  ...basicCommands,
  '+CGMI': only('run', ({ identity }) => ok(identity.maker)),
  '+CGMM': only('run', ({ identity }) => ok(identity.model)),
  '+CSQ': only('run', ({ session }) => ok(session.isRadioOn ? '+CSQ: 25,99' : '+CSQ: 99,99')),
  '+CPIN': only('read', () => ok('+CPIN: READY')),
  '+CEREG': only('read', ({ session }) => ok(`+CEREG: 0,${session.isRadioOn ? '1' : '0'}`)),
  '+CGATT': only('read', ({ session }) => ok(`+CGATT: ${session.isRadioOn ? '1' : '0'}`)),
  '+CMEE': errorLevel,
  '+IPR': baudRate,
  '+CFUN': functionality,
};

/** How many leading arguments of these commands may be shown. */
export const openCellular: OpenArguments = {
  E: 1,
  '+CGSN': 1,
  '+CMEE': 1,
  '+IPR': 1,
  '+CFUN': 2,
};

/** A command that says something about the unit. Shape: `+CGSN` may be given with a number. */
export function tells(say: (identity: Identity) => string | readonly string[]): Handler {
  return ({ identity }) => ok(...[say(identity)].flat());
}

/** A command that answers OK and restarts. */
export const restartsAfterOk: Handler = (unit) => okThen(unit.restart);

/** AT+CGSN with its numbers. Shape: `write` puts the head and quotes of the family around a value. */
export function serials(write: (value: string) => string): Handler {
  return ({ identity }, { form, args }) => {
    if (form === 'test') return ok('+CGSN: (0,1)');
    const which = form === 'run' ? 0 : integerIn(args[0], 0, 1);
    if (which === undefined) return wrongParameter;
    return ok(write(which === 0 ? identity.sn : identity.imei));
  };
}

/** A command that exists in one form only. */
export function only(form: CommandLine['form'], handler: Handler): Handler {
  return (unit, command) => (command.form === form ? handler(unit, command) : syntaxError);
}

function setEcho({ session }: UnitContext, { args }: CommandLine): Answer {
  const level = args[0]?.kind === 'absent' ? 0 : integerIn(args[0], 0, 1);
  if (level === undefined) return syntaxError;
  session.hasEcho = level === 1;
  return ok();
}

function errorLevel({ session }: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok(`+CMEE: ${String(session.cmee)}`);
  const level = integerIn(args[0], 0, 2);
  if (level === undefined) return wrongParameter;
  session.cmee = level;
  return ok();
}

/** The rate is kept and shown, and holds after the OK; over raw TCP it changes nothing. */
function baudRate({ memory }: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok(`+IPR: ${String(memory.baudRate)}`);
  const rate = integerIn(args[0], 0, 921_600);
  if (rate === undefined || !baudRates.includes(rate)) return wrongParameter;
  return okThen(() => {
    memory.baudRate = rate;
  });
}

/** `0` radio off, `1` on; a second parameter `1` restarts. Source: 3GPP TS 27.007, 8.2; NT26 firmware. */
function functionality(unit: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok(`+CFUN: ${unit.session.isRadioOn ? '1' : '0'}`);
  const level = integerIn(args[0], 0, 1);
  const reset = args.length < 2 ? 0 : integerIn(args[1], 0, 1);
  if (level === undefined || reset === undefined || args.length > 2) return wrongParameter;
  if (reset === 1) return okThen(unit.restart);
  unit.session.isRadioOn = level === 1;
  if (level === 0) unit.link.drop();
  return ok();
}
