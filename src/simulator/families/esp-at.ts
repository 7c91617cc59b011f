import { muteThen, ok, syntaxError } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn, textUpTo } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, Handler, UnitContext } from '../context.js';
import { basicCommands, restartsAfterOk, tells } from '../general-commands.js';
import { line, sizeOf } from '../line.js';
import { store } from '../store.js';

/** Types of AT+SYSMFG that hold bytes and are sent after a prompt. */
const [typeString, typeBinary] = [7, 8];
const maxDataBytes = 4000;
/** Longest client id, user name and password of one AT+MQTTUSERCFG. */
const maxLoginBytes = [256, 64, 64];

/** Espressif ESP-AT: MQTT settings are lost over a restart, SYSMFG keeps. There is no IMEI and no CMEE. */
export const espAt: Family = {
  name: 'esp-at',
  dialect: 'esp-at',
  title: 'Espressif ESP-AT (SYSMFG, MQTTUSERCFG)',
  source: 'Espressif ESP-AT documentation, Basic and MQTT AT commands',
  maker: 'Espressif',
  model: 'ESP32-C3',
  firmware: '4.1.1.0',
  snPrefix: 'ESP3',
  baudRate: 115_200,
  echo: { form: 'characters', isOn: true },
  cmee: 0,
  isCompact: false,
  prompt: '\r\n>',
  boot: { raw: 'ets Jul\xff\x00\xfe\x80 20\x00\x11\xf0\r\n', lines: ['ready'] },
  keeps: 'ram',
  limits: {},
  overLength: 'refused',
  refusal: syntaxError,
  busy: muteThen(() => undefined, 'busy p...'),
  noise: ['WIFI DISCONNECT', 'WIFI CONNECTED', 'WIFI GOT IP'],
  hasEscapes: true,
  handlers: {
    ...basicCommands,
    '+GMR': tells(({ firmware, model }) => [
      `AT version:${firmware}(${model})`,
      'SDK version:v5.0.6',
      `Bin version:v${firmware}(${model})`,
    ]),
    '+CIPSTAMAC': tells(({ imei }) => `+CIPSTAMAC:"${macOf(imei)}"`),
    '+RST': restartsAfterOk,
    '+SYSMFG': manufacturing,
    '+MQTTUSERCFG': userConfig,
    '+MQTTLONGCLIENTID': longField('clientId'),
    '+MQTTLONGUSERNAME': longField('username'),
    '+MQTTLONGPASSWORD': longField('password'),
  },
  open: {
    E: 1,
    '+SYSMFG': 4,
    '+MQTTUSERCFG': 4,
    '+MQTTLONGCLIENTID': 2,
    '+MQTTLONGUSERNAME': 2,
    '+MQTTLONGPASSWORD': 2,
  },
};

/** A locally administered address, so that no real unit has it. */
function macOf(imei: string): string {
  return ['02', ...(imei.slice(-10).match(/../g) ?? [])].join(':');
}

/** `0` erases, `1` reads, `2` writes; a text is asked for after OK. Source: ESP-AT, AT+SYSMFG. */
function manufacturing(unit: UnitContext, { form, args }: CommandLine): Answer {
  const [operation, ...rest] = [integerIn(args[0], 0, 2), args[1], args[2]];
  const [space, key] = rest.map((argument) => textUpTo(argument, 15));
  if (form !== 'set' || operation === undefined || !space || !key) return syntaxError;
  const field = `${space}/${key}`;
  const value = unit.memory.field(field);
  if (operation === 1) {
    if (!value) return syntaxError;
    return ok(line`+SYSMFG:"${space}","${key}",${typeString},${sizeOf(value)},${value}`);
  }
  if (operation === 0) {
    unit.memory.remove(field);
    return ok();
  }
  const type = integerIn(args[3], typeString, typeBinary);
  const sizeBytes = integerIn(args[4], 1, maxDataBytes);
  if (type === undefined || sizeBytes === undefined || args.length !== 5) return syntaxError;
  const take = (data: Buffer): Answer =>
    store(unit, { [field]: data.toString('latin1') }, 'nvm') ?? ok();
  return { kind: 'prompt', lines: ['OK'], sizeBytes, take };
}

/** `AT+MQTTUSERCFG=0,<scheme>,"client","user","password",<cert>,<CA>,"path"`. */
function userConfig(unit: UnitContext, { form, args }: CommandLine): Answer {
  const [clientId, username, password] = args
    .slice(2, 5)
    .map((each, at) => textUpTo(each, maxLoginBytes[at] ?? 0));
  const isNumbered = integerIn(args[0], 0, 0) === 0 && integerIn(args[1], 1, 10) !== undefined;
  if (form !== 'set' || args.length !== 8 || !isNumbered) return syntaxError;
  if (clientId === undefined || username === undefined || password === undefined)
    return syntaxError;
  return store(unit, { clientId, username, password }) ?? ok();
}

function longField(name: string): Handler {
  return (unit, { args }) => {
    const sizeBytes = integerIn(args[1], 1, 1024);
    if (integerIn(args[0], 0, 0) === undefined || sizeBytes === undefined) return syntaxError;
    const take = (data: Buffer): Answer => {
      return store(unit, { [name]: data.toString('latin1') }) ?? ok();
    };
    return { kind: 'prompt', lines: ['OK'], sizeBytes, take };
  };
}
