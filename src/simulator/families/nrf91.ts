import { notAllowed, ok, syntaxError } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn, textUpTo } from '../command-line.js';
import type { Argument, CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import { fingerprintOf } from '../line.js';
import {
  cellularCommands,
  only,
  openCellular,
  restartsAfterOk,
  tells,
} from '../general-commands.js';
import { store } from '../store.js';
import { cellularBase } from './base.js';

const highestTag = 999_999_999;

/** Nordic nRF91: CMNG keeps credentials by tag and type and shows only their SHA-256. */
export const nrf91: Family = {
  ...cellularBase,
  name: 'nrf91',
  dialect: 'nrf91',
  title: 'Nordic nRF91 (%CMNG, fingerprint read-back)',
  source: 'Nordic nRF Connect serial modem documentation and modem AT commands',
  maker: 'Nordic Semiconductor ASA',
  model: 'nRF9160-SICA',
  firmware: 'mfw_nrf9160_1.3.6',
  snPrefix: 'NRF9',
  echo: { form: 'none', isOn: false },
  cmee: 0,
  isCompact: true,
  boot: { lines: ['Ready'] },
  keeps: 'nvm',
  noise: ['+CEREG: 1', '%MDMEV: SEARCH STATUS 1', '#XMQTTEVT: 1,0'],
  handlers: {
    ...cellularCommands,
    '+CGMR': only(
      'run',
      tells(({ firmware }) => firmware),
    ),
    '+CGSN': tells(({ imei }) => imei),
    '%XICCID': tells(({ iccid }) => `%XICCID: ${iccid}`),
    '#XRESET': restartsAfterOk,
    '+CFUN': radio,
    '%CMNG': credentials,
    '#XMQTTCFG': mqttConfig,
  },
  open: { ...openCellular, '%CMNG': 3, '#XMQTTCFG': 3 },
};

/** `4` is flight mode. */
function radio(unit: UnitContext, command: CommandLine): Answer {
  const isFlight = integerIn(command.args[0], 4, 4) !== undefined && command.args.length === 1;
  if (!isFlight) return cellularCommands['+CFUN']?.(unit, command) ?? syntaxError;
  unit.session.isRadioOn = false;
  return ok();
}

/** `0` writes, `1` lists with fingerprints, `3` deletes; writing needs the radio off. */
function credentials(unit: UnitContext, { form, args }: CommandLine): Answer {
  const operation = integerIn(args[0], 0, 3);
  if (form !== 'set' || operation === undefined) return syntaxError;
  const [tag, type] = [integerIn(args[1], 0, highestTag), integerIn(args[2], 0, 4)];
  if (operation === 1) return list(unit, args);
  if (unit.session.isRadioOn || tag === undefined || type === undefined) return notAllowed;
  const name = `${String(tag)},${String(type)}`;
  if (operation === 3) {
    unit.memory.remove(name);
    return ok();
  }
  const content = textUpTo(args[3], 4096);
  return content ? (store(unit, { [name]: content }) ?? ok()) : notAllowed;
}

function list({ memory }: UnitContext, args: readonly Argument[]): Answer {
  const wanted = args.slice(1).map((argument) => (argument.kind === 'bare' ? argument.text : ''));
  const found = [...memory.stored].filter(([name]) => {
    const parts = name.split(',');
    return wanted.every((part, at) => part === parts[at]);
  });
  return ok(...found.map(([name, value]) => `%CMNG: ${name},"${fingerprintOf(value)}"`));
}

function mqttConfig({ session }: UnitContext, { form, args }: CommandLine): Answer {
  const shown = session.notes.get('mqtt');
  if (form === 'read') return shown === undefined ? ok() : ok(`#XMQTTCFG: ${shown}`);
  const clientId = textUpTo(args[0], 256);
  const [keepAlive, clean] = [integerIn(args[1], 0, 65_535), integerIn(args[2], 0, 1)];
  if (!clientId || keepAlive === undefined || clean === undefined) return notAllowed;
  session.notes.set('mqtt', `"${clientId}",${String(keepAlive)},${String(clean)}`);
  return ok();
}
