import { notAllowed, ok } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import {
  cellularCommands,
  only,
  openCellular,
  restartsAfterOk,
  tells,
} from '../general-commands.js';
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
  },
  open: {
    ...openCellular,
    '+CMQTTACCQ': 3,
    '+CMQTTREL': 1,
    '+CMQTTCFG': ({ length }) => (length === 5 ? 4 : 1),
  },
};

/** SIMCom SIM7070, SIM7080, SIM7090: SMALIAUTH in one command; nothing is read back. */
export const simcomSim7070: Family = {
  ...common,
  name: 'simcom-sim7070',
  dialect: 'simcom-sim70xx',
  title: 'SIMCom SIM7070/7080/7090 (SMALIAUTH)',
  source: 'SIMCom SIM7070_SIM7080_SIM7090 Series MQTT(S) Application Note V1.03',
  model: 'SIM7070G',
  firmware: '1951B16SIM7070',
  snPrefix: 'S707',
  boot: { lines: ['RDY', '+CFUN: 1', '+CPIN: READY'], late: ['SMS Ready'] },
  noise: ['+CEREG: 1', '+APP PDP: 0,DEACTIVE', '+CPSMSTATUS: "EXIT PSM"'],
  handlers: {
    ...cellularCommands,
    ...identity,
    '+CCID': tells(({ iccid }) => iccid),
    '+SMALIAUTH': (unit, { args }) => storeTriple(unit, args),
  },
  open: { ...openCellular, '+SMALIAUTH': ({ length }) => (length === 3 ? 2 : 0) },
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
