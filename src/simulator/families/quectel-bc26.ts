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
  serials,
  tells,
} from '../general-commands.js';
import { line } from '../line.js';
import { linkCommands, qmtLink } from '../mqtt-commands.js';
import { store } from '../store.js';
import { filledTexts } from '../texts.js';
import { cellularBase } from './base.js';

/** Quectel BC26: QMT. The triple is shown as it was written, and a restart loses it. */
export const quectelBc26: Family = {
  ...cellularBase,
  name: 'quectel-bc26',
  dialect: 'quectel-qmt',
  title: 'Quectel BC26 (QMTCFG aliauth)',
  source: 'Quectel BC26, real logs; BC260Y firmware of the same command set',
  maker: 'Quectel',
  model: 'BC26',
  firmware: 'BC26NBR01A07',
  snPrefix: 'MPQ1',
  boot: {
    raw: '\r\nF1: 0000 0000\r\nV0: 0000 0000 [0001]\r\n00: 0006 000C\r\nLeaving the BROM\r\n',
    lines: ['RDY', '+CFUN: 1', '+CPIN: READY'],
  },
  results: ['+QMTOPEN', '+QMTCONN', '+QMTDISC', '+QMTCLOSE'],
  link: {
    receivedHead: (msgId) => `+QMTRECV: 0,${String(msgId)}`,
    isQuoted: true,
    lost: () => '+QMTSTAT: 0,1',
  },
  noise: ['+CEREG: 1', '+QNBIOTEVENT: "ENTER DEEPSLEEP"', '+QMTSTAT: 0,1'],
  handlers: {
    ...cellularCommands,
    I: tells(({ maker, model, firmware }) => [
      `${maker}_Ltd`,
      `${maker}_${model}`,
      `Revision: ${firmware}`,
    ]),
    '+CGMR': only(
      'run',
      tells(({ firmware }) => `Revision: ${firmware}`),
    ),
    '+CGSN': serials((value) => `+CGSN: ${value}`),
    '+EGMR': tells(({ sn }) => `+EGMR: "${sn}"`),
    '+QCCID': tells(({ iccid }) => `+QCCID: ${iccid}`),
    '+QRST': restartsAfterOk,
    '+QURCCFG': urcPort,
    '+QMTCFG': configure,
    ...linkCommands('+QMT', qmtLink),
  },
  open: {
    ...openCellular,
    '+EGMR': 2,
    '+QRST': 1,
    '+QURCCFG': 2,
    '+QMTOPEN': 3,
    '+QMTCONN': 3,
    '+QMTDISC': 1,
    '+QMTCLOSE': 1,
    '+QMTCFG': ({ length }) => (length === 5 ? 4 : Math.min(length, 2)),
  },
};

/** Where unasked lines go; `uart1` is this port. Source: EG800K, measured; BC26 itself has one port. */
function urcPort({ memory }: UnitContext, { args }: CommandLine): Answer {
  const [key, port] = args;
  if (key?.kind !== 'text' || key.text !== 'urcport' || args.length > 2) return notAllowed;
  if (!port) return ok(`+QURCCFG: "urcport","${memory.areUrcsHere ? 'uart1' : 'usbat'}"`);
  if (port.kind !== 'text' || !/^(?:uart1|usbat|usbmodem|all)$/.test(port.text)) return notAllowed;
  memory.areUrcsHere = port.text === 'uart1' || port.text === 'all';
  return ok();
}

/** Only `aliauth` of client 0; nothing stored is read back as OK alone. */
function configure(unit: UnitContext, { args }: CommandLine): Answer {
  const [key, id, ...values] = args;
  if (key?.kind !== 'text' || key.text.toLowerCase() !== 'aliauth') return notAllowed;
  if (integerIn(id, 0, 5) === undefined) return notAllowed;
  if (values.length === 0) return show(unit);
  const [productKey = '', deviceName = '', deviceSecret = ''] = filledTexts(values, 3) ?? [];
  if (productKey === '') return notAllowed;
  return store(unit, { productKey, deviceName, deviceSecret }) ?? ok();
}

function show({ memory: { triple } }: UnitContext): Answer {
  if (!triple) return ok();
  const { productKey, deviceName, deviceSecret } = triple;
  return ok(line`+QMTCFG: "aliauth","${productKey}","${deviceName}","${deviceSecret}"`);
}
