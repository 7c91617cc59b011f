import { muteThen, notAllowed, ok, okThen } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn, textUpTo } from '../command-line.js';
import type { Argument, CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import { dial, hangsUp, logInStored, openFor, targetOf } from '../dial.js';
import { cellularCommands, only, openCellular, serials, tells } from '../general-commands.js';
import { store } from '../store.js';
import { filledTexts, looseTexts } from '../texts.js';
import { cellularBase } from './base.js';

const bareFirmware = only(
  'run',
  tells(({ firmware }) => firmware),
);
const bareImei = only(
  'run',
  tells(({ imei }) => imei),
);
const about = tells(({ maker, model, firmware }) => [maker, model, firmware]);

/** Fibocom L610: MQTTUSER takes the login; a restart loses it, nothing is read back. */
export const fibocomL610: Family = {
  ...cellularBase,
  name: 'fibocom-l610',
  dialect: 'fibocom-l610',
  title: 'Fibocom L610 (MQTTUSER)',
  source: 'Fibocom L610, real log',
  maker: 'Fibocom',
  model: 'L610-CN',
  firmware: '16000.1000.00.05.01.01',
  snPrefix: 'L610',
  noise: ['+CEREG: 1', '+MQTTBREAK: 1,1'],
  handlers: {
    ...cellularCommands,
    I: about,
    '+CGMR': bareFirmware,
    '+CGSN': serials((value) => `+CGSN: "${value}"`),
    '+CCID': tells(({ iccid }) => `+CCID: ${iccid}`),
    '+MQTTUSER': (unit, { args }) => {
      const [username, password, clientId] = filledTexts(args.slice(1), 3) ?? [];
      if (integerIn(args[0], 1, 2) === undefined) return notAllowed;
      return takeLogin(unit, { username, password, clientId });
    },
    '+MIPCALL': () => ok(),
    '+MQTTOPEN': openFibocom,
    '+MQTTCLOSE': hangsUp('+MQTTCLOSE: 1,1'),
  },
  open: { ...openCellular, '+MQTTUSER': 2, '+MQTTOPEN': 5, '+MQTTCLOSE': 1 },
};

/** Neoway N706, N720: MQTTCONNPARAM takes the login; answers have no blank line before OK. */
export const neowayN706: Family = {
  ...cellularBase,
  name: 'neoway-n706',
  dialect: 'neoway',
  title: 'Neoway N706, N720 (MQTTCONNPARAM)',
  source: 'public code and logs for Neoway N706 and N720',
  maker: 'Neoway',
  model: 'N706',
  firmware: 'N706-STD-BZ-002',
  snPrefix: 'N706',
  isCompact: true,
  boot: { lines: ['MODEM:STARTUP', '+PBREADY'] },
  noise: ['+CEREG: 1', '+MQTTDISCONNED: Link Closed'],
  handlers: {
    ...cellularCommands,
    I: about,
    '+CGMR': bareFirmware,
    '+CGSN': only(
      'run',
      tells(({ imei }) => `+CGSN: ${imei}`),
    ),
    '+CCID': tells(({ iccid }) => `+CCID: ${iccid}`),
    '+MQTTCONNPARAM': (unit, { args }) => {
      const [clientId, username, password] = filledTexts(args, 3) ?? [];
      return takeLogin(unit, { clientId, username, password });
    },
    '+XIIC': () => ok(),
    '+MQTTSTATE': only('read', ({ link }) =>
      ok(`+MQTTSTATE: ${link.state === 'connected' ? '1' : '0'}`),
    ),
    '+MQTTCONN': connectNeoway,
    '+MQTTDISCONN': hangsUp(),
  },
  open: {
    ...openCellular,
    '+XIIC': 1,
    '+MQTTCONNPARAM': ({ length }) => (length === 3 ? 2 : 0),
    '+MQTTCONN': 3,
  },
};

/** Luat Air780E and Air7xx: MCONFIG takes the login, quoted or not; nothing is read back. */
export const luatAir780: Family = {
  ...cellularBase,
  name: 'luat-air780',
  dialect: 'luat',
  title: 'Luat Air780E, Air7xx (MCONFIG)',
  source: 'OpenLuat AT manual and examples for Air780E',
  maker: 'AirM2M',
  model: 'Air780E',
  firmware: 'AirM2M_780E_V1147_LTE_AT',
  snPrefix: 'A780',
  noise: ['+CEREG: 1', '+NITZ: 26/11/23,06:00:00+32,0', '+CGEV: ME DETACH'],
  handlers: {
    ...cellularCommands,
    I: tells(({ firmware }) => firmware),
    '+CGMR': only(
      'run',
      tells(({ firmware }) => `+CGMR: "${firmware}"`),
    ),
    '+CGSN': bareImei,
    '+ICCID': tells(({ iccid }) => `+ICCID: ${iccid}`),
    '+RESET': only('run', (unit) => okThen(unit.restart)),
    '+MCONFIG': (unit, { args }) => {
      const [clientId, username, password] = looseTexts(args);
      return args.length > 5 ? notAllowed : takeLogin(unit, { clientId, username, password });
    },
    '+CSTT': () => ok(),
    '+CIICR': () => ok(),
    '+MIPSTART': openLuat,
    '+MCONNECT': connectLuat,
    '+MDISCONNECT': hangsUp(),
    '+MIPCLOSE': hangsUp(),
  },
  open: {
    ...openCellular,
    '+MCONFIG': ({ length }) => (length >= 3 ? 2 : 0),
    '+MIPSTART': 2,
    '+MCONNECT': 2,
  },
};

/** China Mobile ML307R: the login is part of MQTTCONN; the outcome comes as `+MQTTURC: "conn"`. */
export const cmccMl307r: Family = {
  ...cellularBase,
  name: 'cmcc-ml307r',
  dialect: 'cmcc-ml307',
  title: 'China Mobile ML307R (MQTTCONN)',
  source: 'public code for ML307R and MN316',
  maker: 'CMCC',
  model: 'ML307R-DC',
  firmware: 'ML307R-DC_V1.0.3',
  snPrefix: 'ML37',
  limits: { clientId: 128, username: 128, password: 256 },
  boot: { lines: ['+MATREADY'] },
  results: ['+MQTTCONN'],
  noise: ['+CEREG: 1', '+MATREADY: 1', '+MIPCALL: 1,0'],
  handlers: {
    ...cellularCommands,
    I: about,
    '+CGMR': bareFirmware,
    '+CGSN': serials((value) => `+CGSN: ${value}`),
    '+MCCID': tells(({ iccid }) => `+MCCID: ${iccid}`),
    '+MREBOOT': only('run', (unit) => okThen(unit.restart)),
    '+MQTTCONN': connectNow,
  },
  open: { ...openCellular, '+MQTTCONN': ({ length }) => (length === 6 ? 5 : 3) },
};

/** `0` is connected, `4` no server, `3` a login that is refused; a second one on the id is an error. */
function connectNow(unit: UnitContext, { form, args }: CommandLine): Answer {
  const { link, session } = unit;
  const port = integerIn(args[2], 1, 65_535);
  const [host = '', clientId, username, password] =
    filledTexts([...args.slice(1, 2), ...args.slice(3)], 4) ?? [];
  const isFree = link.state === 'closed' && integerIn(args[0], 0, 5) !== undefined;
  if (form !== 'set' || !isFree || port === undefined || host === '') return notAllowed;
  const written = takeLogin(unit, { clientId, username, password });
  if (written.kind !== 'ok') return written;
  return okThen(() => {
    dial(unit, { host, port }, (end) => {
      const state = { connected: 0, unreachable: 4, refused: 3 }[end.kind];
      unit.report(`+MQTTURC: "conn",0,${String(session.isRadioOn ? state : 6)}`);
    });
  });
}

/** `1,0` is the link, `1,1` the login. */
function openFibocom(unit: UnitContext, { form, args }: CommandLine): Answer {
  const state = unit.link.state === 'connected' ? '1' : '0';
  if (form === 'read') return ok(`+MQTTOPEN: 1,${state}`, '+MQTTOPEN: 2,0');
  const target = addressOf(args.slice(1));
  const isFree = unit.link.state === 'closed' && integerIn(args[0], 1, 1) !== undefined;
  if (form !== 'set' || !target || !isFree) return notAllowed;
  return okThen(() => {
    openFor(unit, target, (isOpen) => {
      if (!isOpen) {
        unit.report('+MQTTBREAK: 1,1');
        return;
      }
      unit.report('+MQTTOPEN: 1,0');
      logInStored(unit, (end) => {
        unit.report(end.kind === 'connected' ? '+MQTTOPEN: 1,1' : '+MQTTBREAK: 1,2');
      });
    });
  });
}

/** Answers when the broker has. */
function connectNeoway(unit: UnitContext, { form, args }: CommandLine): Answer {
  const target = targetOf(textUpTo(args[0], 128));
  if (form !== 'set' || !target || unit.link.state !== 'closed') return notAllowed;
  return muteThen(() => {
    dial(unit, target, (end) => {
      unit.report(end.kind === 'connected' ? 'OK' : 'ERROR');
    });
  });
}

function openLuat(unit: UnitContext, { form, args }: CommandLine): Answer {
  const target = addressOf(args);
  if (form !== 'set' || !target || unit.link.state !== 'closed') return notAllowed;
  return okThen(() => {
    openFor(unit, target, (isOpen) => {
      unit.report(isOpen ? 'CONNECT OK' : 'CONNECT FAIL');
    });
  });
}

function connectLuat(unit: UnitContext, { form }: CommandLine): Answer {
  if (form !== 'set' || unit.link.state !== 'open') return notAllowed;
  return okThen(() => {
    logInStored(unit, (end) => {
      unit.report(end.kind === 'connected' ? 'CONNACK OK' : 'CLOSED');
    });
  });
}

/** Reads a quoted host and a port. */
function addressOf(
  args: readonly Argument[],
): { readonly host: string; readonly port: number } | undefined {
  const [host, port] = [textUpTo(args[0], 128), integerIn(args[1], 1, 65_535)];
  return host && port !== undefined ? { host, port } : undefined;
}

interface Login {
  readonly clientId: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

function takeLogin(unit: UnitContext, { clientId, username, password }: Login): Answer {
  if (!clientId || !username || !password) return notAllowed;
  return store(unit, { clientId, username, password }) ?? ok();
}
