import type { Secret } from '../../core/secret.js';
import { muteThen, notAllowed, ok, okThen } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn, textUpTo } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import { dial, hangsUp, targetOf } from '../dial.js';
import type { DialEnd } from '../dial.js';
import {
  cellularCommands,
  only,
  openCellular,
  restartsAfterOk,
  tells,
} from '../general-commands.js';
import { line } from '../line.js';
import { hasToRegister, register, storeProductSecret } from '../register.js';
import { store } from '../store.js';
import { filledTexts } from '../texts.js';
import { cellularBase } from './base.js';

const common = {
  ...cellularBase,
  maker: 'SIMCOM INCORPORATED',
  boot: { lines: ['RDY'], late: ['+CPIN: READY', 'SMS DONE', 'PB DONE'] },
} satisfies Partial<Family>;

const identity = {
  I: tells(({ maker, model, firmware, imei }) => [
    `Manufacturer: ${maker}`,
    `Model: ${model}`,
    `Revision: ${firmware}`,
    `IMEI: ${imei}`,
  ]),
  '+CGMR': only(
    'run',
    tells(({ firmware }) => `+CGMR: ${firmware}`),
  ),
  '+CGSN': only(
    'run',
    tells(({ imei }) => imei),
  ),
};

/** SIMCom A76xx: CMQTT has to be started and a client taken before aliauth; nothing is read back. */
export const simcomA76xx: Family = {
  ...common,
  name: 'simcom-a76xx',
  dialect: 'simcom-a76xx',
  title: 'SIMCom A76xx, A7670 (CMQTTCFG aliauth)',
  source: 'SIMCom A76XX AT Command Manual V1.09; MQTT(S) Application Note V1.02',
  model: 'A7670C-FASL',
  firmware: 'A7670M7_V1.11.1',
  snPrefix: 'A767',
  results: ['+CMQTTSTART'],
  noise: ['+CEREG: 1', '+CPIN: READY', 'SMS DONE'],
  handlers: {
    ...cellularCommands,
    ...identity,
    '+CICCID': tells(({ iccid }) => `+ICCID: ${iccid}`),
    '+CRESET': only('run', restartsAfterOk),
    '+CMQTTSTART': only('run', startService),
    '+CMQTTACCQ': takeClient,
    '+CMQTTREL': releaseClient,
    '+CMQTTCFG': configure,
    '+CMQTTCONNECT': connectClient,
    '+CMQTTDISC': hangsUp('+CMQTTDISC: 0,0'),
  },
  open: {
    ...openCellular,
    '+CMQTTDISC': 2,
    '+CMQTTCONNECT': ({ length }) => Math.min(length, 4),
    '+CMQTTACCQ': 3,
    '+CMQTTREL': 1,
    '+CMQTTCFG': ({ length }) => (length === 5 ? 4 : 1),
  },
};

/**
 * SIMCom SIM7070, SIM7080, SIM7090: SMALIAUTH in one command; nothing is read back. Whether a restart
 * keeps the triple is not stated: here it does, unless the unit is told to forget. SMALIDYNA has the
 * next SMCONN register; that the one after it logs in with the token is inferred.
 */
export const simcomSim7070: Family = {
  ...common,
  name: 'simcom-sim7070',
  dialect: 'simcom-sim70xx',
  title: 'SIMCom SIM7070/7080/7090 (SMALIAUTH, SMALIDYNA)',
  source: 'SIMCom SIM7070_SIM7080_SIM7090 Series MQTT(S) Application Note V1.03',
  model: 'SIM7070G',
  firmware: '1951B16SIM7070',
  snPrefix: 'S707',
  keeps: 'nvm',
  boot: { lines: ['RDY', '+CFUN: 1', '+CPIN: READY'], late: ['SMS Ready'] },
  noise: ['+CEREG: 1', '+APP PDP: 0,DEACTIVE', '+CPSMSTATUS: "EXIT PSM"'],
  handlers: {
    ...cellularCommands,
    ...identity,
    '+CCID': tells(({ iccid }) => iccid),
    '+SMALIAUTH': (unit, { args }) => storeTriple(unit, args),
    '+SMALIDYNA': (unit, { args }) => storeProductSecret(unit, filledTexts(args, 3) ?? []),
    '+CNACT': activate,
    '+SMCONF': setUrl,
    '+SMCONN': only('run', connectSet),
    '+SMDISC': only('run', hangsUp()),
  },
  open: {
    ...openCellular,
    '+SMALIAUTH': ({ length }) => (length === 3 ? 2 : 0),
    '+SMALIDYNA': ({ length }) => (length === 3 ? 2 : 0),
    '+CNACT': 2,
    '+SMCONF': (args) => (args[0]?.kind === 'text' && args[0].text === 'URL' ? 3 : 1),
  },
};

/** The result comes after OK; a service that runs already is refused. */
function startService({ session, report }: UnitContext): Answer {
  if (session.notes.has('started')) {
    return { kind: 'error' };
  }
  session.notes.set('started', 'yes');
  const then = (): void => {
    report('+CMQTTSTART: 0');
  };
  return { kind: 'ok', lines: [], then };
}

/** The result as the manual counts it: 0 done, 3 no connection, 29 to 31 the refusals of the broker. */
function connectClient(unit: UnitContext, { form, args }: CommandLine): Answer {
  const target = targetOf(textUpTo(args[1], 256));
  const isFree = unit.session.notes.has('client') && unit.link.state === 'closed';
  if (form !== 'set' || integerIn(args[0], 0, 0) === undefined || !target || !isFree) {
    return notAllowed;
  }
  return okThen(() => {
    dial(unit, target, (end) => {
      const refusal = end.kind === 'refused' ? ({ 4: 30, 5: 31 }[end.code] ?? 29) : 3;
      unit.report(`+CMQTTCONNECT: 0,${end.kind === 'connected' ? '0' : String(refusal)}`);
    });
  });
}

function activate({ report, session }: UnitContext, { form, args }: CommandLine): Answer {
  if (form !== 'set' || integerIn(args[0], 0, 3) === undefined) return notAllowed;
  return okThen(() => {
    report(`+APP PDP: 0,${session.isRadioOn ? 'ACTIVE' : 'DEACTIVE'}`);
  });
}

/** Only the address of the broker is looked at. */
function setUrl({ session }: UnitContext, { form, args }: CommandLine): Answer {
  const [key, host, port] = [textUpTo(args[0], 16), textUpTo(args[1], 128), args[2]];
  if (form !== 'set' || !key) return notAllowed;
  if (key !== 'URL') return ok();
  const number = integerIn(port, 1, 65_535);
  if (!host || number === undefined) return notAllowed;
  session.notes.set('url', `${host}:${String(number)}`);
  return ok();
}

/** Answers when the broker has. */
function connectSet(unit: UnitContext): Answer {
  const target = targetOf(unit.session.notes.get('url'));
  if (!target || unit.link.state !== 'closed') return notAllowed;
  const tell = (end: DialEnd): void => {
    unit.report(end.kind === 'connected' ? 'OK' : 'ERROR');
  };
  return muteThen(() => {
    if (!hasToRegister(unit)) {
      dial(unit, target, tell);
      return;
    }
    const answer = (payload: Secret | undefined): void => {
      if (payload) unit.report(line`+SMSUB: /ext/regnwl,${payload}`);
    };
    register(unit, { kind: 'regnwl', target }, { login: tell, answer });
  });
}

function takeClient({ session, memory }: UnitContext, { args }: CommandLine): Answer {
  const clientId = args[1]?.kind === 'text' ? args[1].text : '';
  const isRight = integerIn(args[0], 0, 1) === 0 && clientId !== '';
  if (!isRight || !session.notes.has('started') || session.notes.has('client')) return notAllowed;
  session.notes.set('client', clientId);
  memory.put({ clientId }, false);
  return ok();
}

/** Clears what the client was told. */
function releaseClient({ session, memory }: UnitContext, { args }: CommandLine): Answer {
  if (integerIn(args[0], 0, 0) === undefined || !session.notes.delete('client')) return notAllowed;
  for (const name of ['clientId', 'productKey', 'deviceName', 'deviceSecret']) memory.remove(name);
  return ok();
}

function configure(unit: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'read') return ok('+CMQTTCFG: 0,0,120', '+CMQTTCFG: 1,0,120');
  const [key, id, ...values] = args;
  const isOurs = key?.kind === 'text' && key.text === 'aliauth' && integerIn(id, 0, 0) === 0;
  if (!isOurs || !unit.session.notes.has('client')) return notAllowed;
  return storeTriple(unit, values);
}

function storeTriple(unit: UnitContext, values: CommandLine['args']): Answer {
  const [productKey = '', deviceName = '', deviceSecret = ''] = filledTexts(values, 3) ?? [];
  if (productKey === '') return notAllowed;
  return store(unit, { productKey, deviceName, deviceSecret }) ?? ok();
}
