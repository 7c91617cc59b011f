import type { Secret } from '../../core/secret.js';
import { notAllowed, ok, okThen } from '../answers.js';
import type { Answer } from '../answers.js';
import { integerIn } from '../command-line.js';
import type { CommandLine } from '../command-line.js';
import type { Family, UnitContext } from '../context.js';
import { dial, hangsUp } from '../dial.js';
import type { DialEnd } from '../dial.js';
import { cellularCommands, only, openCellular, serials, tells } from '../general-commands.js';
import { hasToRegister, register, storeProductSecret } from '../register.js';
import { store } from '../store.js';
import { looseTexts } from '../texts.js';
import { cellularBase } from './base.js';

const common = {
  I: tells(({ maker, model, firmware }) => [maker, model, firmware]),
  '+CGMR': only(
    'run',
    tells(({ firmware }) => firmware),
  ),
  '+CGSN': serials((value) => `+CGSN: ${value}`),
};

/** Yuge Cat.1: IMQTTAUTH without quotes; only flag 0, a device secret, is played. */
export const yuge: Family = {
  ...cellularBase,
  name: 'yuge',
  dialect: 'yuge-imqtt',
  title: 'Yuge Cat.1 (IMQTTAUTH, device secret only)',
  source: 'Yuge Cat.1, real logs',
  maker: 'YUGE',
  model: 'YM310',
  firmware: 'YM310.X09.01',
  snPrefix: 'YUGE',
  noise: ['+CEREG: 1', '+IMQTTSTATE: 0'],
  handlers: {
    ...cellularCommands,
    ...common,
    '+ICCID': tells(({ iccid }) => `+ICCID: ${iccid}`),
    '+IMQTTAUTH': (unit, { args }) => {
      const [productKey, deviceName, deviceSecret] = looseTexts(args);
      const isDevice = args.length === 4 && integerIn(args[3], 0, 0) === 0;
      if (!isDevice || !productKey || !deviceName || !deviceSecret) return notAllowed;
      return store(unit, { productKey, deviceName, deviceSecret }) ?? ok();
    },
  },
  open: { ...openCellular, '+IMQTTAUTH': ({ length }) => (length === 4 ? 2 : 0) },
};

/**
 * Alibaba's own AT set, HAAS210 for one: IDMAUTH without quotes. Whether a restart keeps
 * what it is told is not stated: here it does, unless the unit is told to forget. With a product secret
 * the next IDMCONN registers, and logs in with the secret that comes, which is shown nowhere: inferred.
 */
export const aliyunIdm: Family = {
  ...cellularBase,
  name: 'aliyun-idm',
  dialect: 'aliyun-idm',
  title: 'Alibaba AT set, HAAS210 (IDMAUTH)',
  source: 'Alibaba Cloud documentation of the module AT set, document 426514',
  maker: 'Alibaba',
  model: 'HAAS210',
  firmware: 'HAAS210_V1.2.0',
  snPrefix: 'HAAS',
  keeps: 'nvm',
  noise: ['+CEREG: 1', '+IDMSTATE:0'],
  handlers: {
    ...cellularCommands,
    ...common,
    '+CCID': tells(({ iccid }) => `+CCID: ${iccid}`),
    '+IDMAUTH': (unit, { args }) => {
      const [productKey, deviceName, deviceSecret, productSecret] = looseTexts(args);
      if (args.length > 4 || !productKey || !deviceName) return notAllowed;
      return deviceSecret
        ? (store(unit, { productKey, deviceName, deviceSecret }) ?? ok())
        : storeProductSecret(unit, [productKey, deviceName, productSecret ?? '']);
    },
    '+IDMCONN': connectBare,
    '+IDMDISCONN': only('run', hangsUp()),
  },
  open: {
    ...openCellular,
    '+IDMAUTH': ({ length }) => (length === 3 || length === 4 ? 2 : 0),
    '+IDMCONN': 2,
  },
};

/** `1` is connected. */
function connectBare(unit: UnitContext, { form, args }: CommandLine): Answer {
  const [host] = looseTexts(args);
  const port = integerIn(args[1], 1, 65_535);
  const isFree = unit.link.state === 'closed';
  if (form !== 'set' || !host || port === undefined || !isFree) return notAllowed;
  const target = { host, port };
  const tell = (end: DialEnd): void => {
    unit.report(`+IDMSTATE:${end.kind === 'connected' ? '1' : '0'}`);
  };
  return okThen(() => {
    if (hasToRegister(unit)) registerFirst(unit, target, tell);
    else dial(unit, target, tell);
  });
}

function registerFirst(
  unit: UnitContext,
  target: { readonly host: string; readonly port: number },
  tell: (end: DialEnd) => void,
): void {
  const login = (end: DialEnd): void => {
    if (end.kind !== 'connected') tell(end);
  };
  const answer = (payload: Secret | undefined): void => {
    unit.link.drop();
    if (payload) dial(unit, target, tell);
    else tell({ kind: 'unreachable' });
  };
  register(unit, { kind: 'register', target }, { login, answer });
}
