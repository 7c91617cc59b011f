import { notAllowed, ok } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn, textUpTo } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, Handler, Handlers, UnitContext } from '../context.js';
import { dial, targetOf } from '../dial.js';
import type { DialEnd } from '../dial.js';
import {
  cellularCommands,
  only,
  openCellular,
  restartsAfterOk,
  tells,
} from '../general-commands.js';
import { line } from '../line.js';
import { store } from '../store.js';
import { cellularBase } from './base.js';

/** What SARA-R4 and SARA-R5 do in another way. Shape: `restart` is the level of `AT+CFUN` for that. */
interface Series {
  readonly restart: 15 | 16;
  readonly read: (unit: UnitContext) => Answer;
  readonly endOf: (end: DialEnd) => number;
}

const common = {
  ...cellularBase,
  maker: 'u-blox',
  cmee: 0,
  isCompact: true,
  boot: { lines: ['+CPIN: READY'] },
  keeps: 'saved',
  results: ['+UMQTT', '+UMQTTNV', '+UMQTTC'],
  noise: ['+CEREG: 1', '+UUMQTTC: 0,100'],
  open: {
    ...openCellular,
    '+UMQTTNV': 1,
    '+UMQTTC': 1,
    '+UMQTT': (args) => (integerIn(args[0], 4, 4) === undefined ? args.length : 2),
  },
} satisfies Partial<Family>;

const handlersOf = ({ restart, read, endOf }: Series): Handlers => ({
  ...cellularCommands,
  '+CGMR': only(
    'run',
    tells(({ firmware }) => firmware),
  ),
  '+CGSN': only(
    'run',
    tells(({ imei }) => imei),
  ),
  '+CCID': tells(({ iccid }) => `+CCID: ${iccid}`),
  '+CFUN': (unit, command) =>
    integerIn(command.args[0], restart, restart) === undefined
      ? (cellularCommands['+CFUN']?.(unit, command) ?? notAllowed)
      : restartsAfterOk(unit, command),
  '+UMQTT': (unit, command) => (command.form === 'read' ? read(unit) : configure(unit, command)),
  '+UMQTTNV': keep,
  '+UMQTTC': connect(endOf),
});

/** u-blox SARA-R5: UMQTT sets, UMQTTNV=2 saves, UMQTTNV=1 brings back after a restart, UMQTTC logs in. */
export const ubloxSara: Family = {
  ...common,
  name: 'ublox-sara',
  dialect: 'ublox-sara',
  title: 'u-blox SARA-R5 (UMQTT, UMQTTNV)',
  source: 'public drivers for u-blox SARA-R5',
  model: 'SARA-R510S-01B',
  firmware: '03.15',
  snPrefix: 'UBX5',
  handlers: {
    ...handlersOf({
      restart: 16,
      read: show,
      endOf: ({ kind }) => (kind === 'connected' ? 1 : 0),
    }),
    I: tells(({ model, firmware }) => [model, firmware]),
  },
};

/**
 * u-blox SARA-R410M-02B: as SARA-R5, but 0 tells of a login, and its profile is not shown in an answer.
 * That an error number is the code of CONNACK, and 3 a broker out of reach, is made up.
 */
export const ubloxSaraR4: Family = {
  ...common,
  name: 'ublox-sara-r4',
  dialect: 'ublox-sara-r4',
  title: 'u-blox SARA-R410M-02B (UMQTT, UMQTTNV)',
  source: 'public drivers for u-blox SARA-R4',
  model: 'SARA-R410M-02B',
  firmware: 'L0.0.00.00.05.08',
  snPrefix: 'UBX4',
  handlers: {
    ...handlersOf({
      restart: 15,
      read: () => notAllowed,
      endOf: (end) => (end.kind === 'connected' ? 0 : end.kind === 'refused' ? end.code : 3),
    }),
    I: tells(({ maker, model, firmware, imei }) => [
      `Manufacturer: ${maker}`,
      `Model: ${model}`,
      `Revision: ${firmware}`,
      `IMEI: ${imei}`,
    ]),
  },
};

/** `0` client id, `2` server and port, `4` user name and password; a wrong value gives 0 and OK. */
function configure(unit: UnitContext, { form, args }: CommandLine): Answer {
  const operation = integerIn(args[0], 0, 4);
  const [first, second] = [textUpTo(args[1], 256), textUpTo(args[2], 256)];
  if (form !== 'set' || operation === undefined) return notAllowed;
  const outcome = (isDone: boolean): Answer =>
    ok(`+UMQTT: ${String(operation)},${isDone ? '1' : '0'}`);
  if (operation === 2) {
    const port = integerIn(args[2], 1, 65_535);
    if (!first || port === undefined) return outcome(false);
    unit.session.notes.set('server', `${first}:${String(port)}`);
    return outcome(true);
  }
  if (operation === 0 && first) return store(unit, { clientId: first }) ?? outcome(true);
  if (operation !== 4 || !first || !second) return outcome(false);
  return store(unit, { username: first, password: second }) ?? outcome(true);
}

/** The password is never shown. */
function show({ memory, session }: UnitContext): Answer {
  const [clientId, username] = [memory.shownField('clientId'), memory.shownField('username')];
  const server = targetOf(session.notes.get('server'));
  return ok(
    line`+UMQTT: 0,"${clientId}"`,
    ...(server ? [`+UMQTT: 2,"${server.host}",${String(server.port)}`] : []),
    line`+UMQTT: 4,"${username}"`,
  );
}

function keep(unit: UnitContext, { args }: CommandLine): Answer {
  const operation = integerIn(args[0], 0, 2);
  if (operation === undefined) return notAllowed;
  if (operation === 2) unit.memory.save();
  if (operation === 1) unit.memory.restore();
  return ok(`+UMQTTNV: ${String(operation)},1`);
}

/** `1` logs in with the profile, `0` hangs up; the end comes as `+UUMQTTC: 1,n`, as the series counts it. */
function connect(endOf: Series['endOf']): Handler {
  return (unit, { form, args }) => {
    const { link, report, session } = unit;
    const operation = integerIn(args[0], 0, 1);
    if (form !== 'set' || operation === undefined) return notAllowed;
    const target = targetOf(session.notes.get('server'));
    const isPossible = (link.state === 'closed') === (operation === 1) && target !== undefined;
    if (!isPossible) return ok(`+UMQTTC: ${String(operation)},0`);
    const then = (): void => {
      if (operation === 1) {
        dial(unit, target, (end) => {
          report(`+UUMQTTC: 1,${String(endOf(end))}`);
        });
        return;
      }
      link.drop();
      report('+UUMQTTC: 0,1');
    };
    return { kind: 'ok', lines: [`+UMQTTC: ${String(operation)},1`], then };
  };
}
