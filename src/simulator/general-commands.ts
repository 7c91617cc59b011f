import { muteThen, ok, okThen, syntaxError, wrongParameter } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn } from './command-line.js';
import type { CommandLine } from './command-line.js';
import type { Handler, Handlers, UnitContext } from './context.js';

const baudRates = [4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

/**
 * Identity, line, network and power commands.
 *
 * Source: ITU-T V.250, 3GPP TS 27.007; the set that public NT26 firmware uses.
 */
export const generalCommands: Handlers = {
  '': () => ok(),
  E: setEcho,
  I: ({ identity }) => ok(identity.maker, identity.model, `Revision: ${identity.firmware}`),
  '+CGMI': only('run', ({ identity }) => ok(identity.maker)),
  '+CGMM': only('run', ({ identity }) => ok(identity.model)),
  '+CGMR': only('run', ({ identity }) => ok(identity.firmware)),
  '+LGMR': ({ identity }) => ok(`+LGMR: ${identity.firmware}`),
  '+CGSN': showSerial,
  '+LCCID': ({ identity }) => ok(`+LCCID: ${identity.iccid}`),
  '+CSQ': only('run', ({ session }) => ok(session.isRadioOn ? '+CSQ: 25,99' : '+CSQ: 99,99')),
  '+CPIN': only('read', () => ok('+CPIN: READY')),
  '+CEREG': only('read', ({ session }) => ok(`+CEREG: 0,${session.isRadioOn ? '1' : '0'}`)),
  '+CGATT': only('read', ({ session }) => ok(`+CGATT: ${session.isRadioOn ? '1' : '0'}`)),
  '+CMEE': errorLevel,
  '+IPR': baudRate,
  '+CFUN': functionality,
  '+NRB': only('run', (unit) => muteThen(unit.restart, 'REBOOTING')),
  '+MPOF': (unit, { args }) =>
    integerIn(args[0], 1, 1) === undefined ? wrongParameter : okThen(unit.powerOff),
};

function only(form: CommandLine['form'], handler: Handler): Handler {
  return (unit, command) => (command.form === form ? handler(unit, command) : syntaxError);
}

function setEcho({ session }: UnitContext, { args }: CommandLine): Answer {
  const level = args[0]?.kind === 'absent' ? 0 : integerIn(args[0], 0, 1);
  if (level === undefined) return syntaxError;
  session.hasEcho = level === 1;
  return ok();
}

/** `0` is the serial number, `1` the IMEI. Source: 3GPP TS 27.007, 5.4. */
function showSerial({ identity }: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'test') return ok('+CGSN: (0,1)');
  const which = form === 'run' ? 0 : integerIn(args[0], 0, 1);
  if (which === undefined) return wrongParameter;
  return ok(`+CGSN: "${which === 0 ? identity.sn : identity.imei}"`);
}

function errorLevel({ session }: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok(`+CMEE: ${String(session.cmee)}`);
  const level = integerIn(args[0], 0, 2);
  if (level === undefined) return wrongParameter;
  session.cmee = level;
  return ok();
}

/** The rate is kept and shown; over TCP it changes nothing. */
function baudRate({ memory }: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok(`+IPR: ${String(memory.baudRate)}`);
  const rate = integerIn(args[0], 0, 921_600);
  if (rate === undefined || !baudRates.includes(rate)) return wrongParameter;
  memory.baudRate = rate;
  return ok();
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
