import { muteThen, notAllowed, ok, wrongParameter } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import {
  cellularCommands,
  only,
  openCellular,
  restartsAfterOk,
  serials,
  tells,
} from '../general-commands.js';
import { line } from '../line.js';
import { store } from '../store.js';
import { looseTexts } from '../texts.js';
import { cellularBase } from './base.js';

/** Eigencomm EC616 and EC616S: ECMT. 9600 baud, echo off; a value that is too long becomes empty. */
export const eigencommEc616: Family = {
  ...cellularBase,
  name: 'eigencomm-ec616',
  dialect: 'eigencomm-ecmt',
  title: 'Eigencomm EC616S, Lierda NB81, Ai-Thinker EC-01 (ECMTCFG)',
  source: 'Eigencomm EC616S firmware source, atec_mqtt.c, atc_reply.c',
  maker: 'Eigencomm',
  model: 'EC616S',
  firmware: 'EC616S_SW_V1.1',
  snPrefix: 'EC61',
  baudRate: 9600,
  echo: { form: 'line', isOn: false },
  boot: { lines: ['+CFUN: 1', '+CPIN: READY'] },
  limits: { productKey: 32, deviceName: 32, deviceSecret: 64 },
  overLength: 'empty',
  noise: ['+CEREG: 1', '+ECMTSTAT: 0,1', '+ECPIN: READY'],
  handlers: {
    ...cellularCommands,
    I: tells(({ model, firmware }) => [model, firmware]),
    '+CGMR': only(
      'run',
      tells(({ firmware }) => `+CGMR: "${firmware}"`),
    ),
    '+CGSN': serials((value) => `+CGSN: "${value}"`),
    '+ECICCID': tells(({ iccid }) => `+ECICCID: ${iccid}`),
    '+NRB': only('run', (unit) => muteThen(unit.restart, 'REBOOTING')),
    '+ECRST': (unit, command) =>
      command.form === 'run' || integerIn(command.args[1], 0, 2000) !== undefined
        ? restartsAfterOk(unit, command)
        : wrongParameter,
    '+ECMTCFG': configure,
  },
  open: {
    ...openCellular,
    '+ECRST': 2,
    '+ECMTCFG': ({ length }) => (length === 5 ? 4 : Math.min(length, 2)),
  },
};

const help =
  '+ECMTCFG:"keepalive",(0),(0-3600),"aliauth",(0),"productkey","devicename","devicesecret",' +
  '"cloud",(0-255),(0-255)';

function configure(unit: UnitContext, { form, args }: CommandLine): Answer {
  if (form === 'test') return ok(help);
  const [key, id, ...values] = args;
  if (key?.kind !== 'text' || integerIn(id, 0, 0) === undefined) return notAllowed;
  if (key.text === 'cloud') return setCloud(unit, { form, name: '', args: values });
  if (key.text !== 'aliauth') return notAllowed;
  if (values.length === 0) return show(unit);
  // A getter that fails leaves an empty text, and the firmware says OK all the same.
  const [productKey = '', deviceName = '', deviceSecret = ''] = looseTexts(values);
  return store(unit, { productKey, deviceName, deviceSecret }) ?? ok();
}

/** Not in the order in which it was written, and without quotes. */
function show({ memory: { triple } }: UnitContext): Answer {
  if (!triple) return notAllowed;
  const { productKey, deviceName, deviceSecret } = triple;
  return ok(line`+ECMTCFG: "aliauth",${deviceName},${deviceSecret},${productKey}`);
}

function setCloud({ session }: UnitContext, { args }: CommandLine): Answer {
  const [cloud, data] = [integerIn(args[0], 0, 255), integerIn(args[1], 0, 255)];
  if (args.length === 0) {
    const shown = session.notes.get('cloud');
    return shown === undefined ? notAllowed : ok(`+ECMTCFG: "cloud",${shown}`);
  }
  if (cloud === undefined || data === undefined) return notAllowed;
  session.notes.set('cloud', `${String(cloud)},${String(data)}`);
  return ok();
}
