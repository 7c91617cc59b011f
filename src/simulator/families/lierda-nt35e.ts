import { muteThen, notAllowed, ok, okThen, wrongParameter } from '../answers.js';
import { integerIn } from '../command-line.js';
import type { Argument } from '../command-line.js';
import { configure } from '../config-commands.js';
import type { Family } from '../context.js';
import { cellularCommands, only, openCellular, serials, tells } from '../general-commands.js';
import { linkCommands, lmqttLink } from '../mqtt-commands.js';
import { publish, subscribe } from '../topic-commands.js';

/** Settings of AT+LMQTTCFG whose values may be shown. */
const openKeys = /^(?:cloud|session|keepalive|version|timeout|cache|sslenable|urc)$/;

/** Lierda NT35E and NT26: LMQTT. Whether aliauth outlives a restart is not documented; here it does. */
export const lierdaNt35e: Family = {
  name: 'lierda-nt35e',
  dialect: 'lierda-lmqtt',
  title: 'Lierda NT35E, NT26 (LMQTT)',
  source: "Lierda's command list as quoted publicly; NT26 firmware; Eigencomm EC616S firmware",
  maker: 'Lierda',
  model: 'NT35E',
  firmware: 'NT35ECNR01A01',
  snPrefix: 'L35E',
  baudRate: 115_200,
  echo: { form: 'characters', isOn: true },
  cmee: 1,
  isCompact: false,
  prompt: '\r\n> ',
  boot: { lines: ['RDY'] },
  keeps: 'nvm',
  limits: { productKey: 32, deviceName: 32, deviceSecret: 64 },
  overLength: 'empty',
  refusal: notAllowed,
  results: ['+LMQTTOPEN', '+LMQTTCONN', '+LMQTTSUBUNSUB', '+LMQTTPUB', '+LMQTTDISC', '+LMQTTCLOSE'],
  noise: ['+CEREG: 1', '+LMQTTURC: STATS,0,8', '+CSCON: 0'],
  link: {
    receivedHead: (msgId) => `+LMQTTURC: RECV,0,${String(msgId)}`,
    lost: (stat) => `+LMQTTURC: STATS,0,${String(stat)}`,
  },
  handlers: {
    ...cellularCommands,
    I: tells(({ maker, model, firmware }) => [maker, model, `Revision: ${firmware}`]),
    '+CGMR': only('run', ({ identity }) => ok(identity.firmware)),
    '+LGMR': tells(({ firmware }) => `+LGMR: ${firmware}`),
    '+CGSN': serials((value) => `+CGSN: "${value}"`),
    '+LCCID': tells(({ iccid }) => `+LCCID: ${iccid}`),
    '+NRB': only('run', (unit) => muteThen(unit.restart, 'REBOOTING')),
    '+MPOF': (unit, { args }) =>
      integerIn(args[0], 1, 1) === undefined ? wrongParameter : okThen(unit.powerOff),
    '+LMQTTCFG': configure,
    ...linkCommands('+LMQTT', lmqttLink),
    '+LMQTTSUBUNSUB': subscribe,
    '+LMQTTPUB': publish,
  },
  open: {
    ...openCellular,
    '+MPOF': 1,
    '+LGMR': 1,
    '+LMQTTCFG': openSettings,
    '+LMQTTOPEN': 3,
    '+LMQTTCONN': 3,
    '+LMQTTSUBUNSUB': 64,
    '+LMQTTPUB': (args) => (isRegistrationTopic(args[4]) ? 6 : args.length),
    '+LMQTTDISC': 1,
    '+LMQTTCLOSE': 1,
  },
};

function openSettings(args: readonly Argument[]): number {
  const key = args[0]?.kind === 'text' ? args[0].text : '';
  if (key === 'aliauth') return args.length === 5 ? 4 : 2;
  return openKeys.test(key) ? args.length : 0;
}

function isRegistrationTopic(argument: Argument | undefined): boolean {
  return argument?.kind !== 'text' || argument.text.startsWith('/ext/');
}
