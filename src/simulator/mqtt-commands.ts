import { Secret } from '../core/secret.js';
import { notAllowed, ok, okThen } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn, textUpTo } from './command-line.js';
import type { Argument, CommandLine } from './command-line.js';
import type { Handler, Handlers, UnitContext } from './context.js';
import { alibabaLogin } from './login.js';
import type { Login } from './login.js';

const maxHostBytes = 100;
const maxLoginBytes = 256;
/** `cloud_type` of Alibaba Cloud. Source: Lierda's command list as quoted publicly. */
const alibabaCloud = 2;
/** `<state>` of `AT+LMQTTCONN?`. Source: LMQTT notes. */
const shownStates = {
  closed: 1,
  opening: 1,
  open: 1,
  connecting: 2,
  connected: 3,
  disconnecting: 4,
} as const;

/**
 * How a family tells of its link.
 *
 * Shape: texts after the MQTT socket of a result line, of `ext`, `result` and `ret_code` as LMQTT has
 * them. `isAlibaba` tells whether a login without a user name is that of the stored triple.
 */
interface LinkForms {
  readonly openFailed: (ext: number) => string;
  readonly loggedIn: (result: number, code: number) => string;
  readonly isAlibaba: (unit: UnitContext) => boolean;
}

/** The commands of a family's link, by their names. Shape: `head` is `+LMQTT` or `+QMT`. */
export function linkCommands(head: string, forms: LinkForms): Handlers {
  return {
    [`${head}OPEN`]: openLink(forms),
    [`${head}CONN`]: logIn(forms),
    [`${head}DISC`]: logOut,
    [`${head}CLOSE`]: closeLink,
  };
}

/** LMQTT. Source: LMQTT notes. */
export const lmqttLink: LinkForms = {
  openFailed: (ext) => `-1,${String(ext)}`,
  loggedIn: (result, code) => `${String(result)},${String(code)}`,
  isAlibaba: ({ memory }) => memory.cloud?.cloudType === alibabaCloud,
};

/**
 * Quectel: a refusal of the broker is `0,<ret_code>`, a login without an answer `2`.
 *
 * Source: public code for BC26 and EG800K (QMTCONN); the codes of QMTOPEN are those of LMQTT.
 */
export const qmtLink: LinkForms = {
  openFailed: String,
  loggedIn: (result, code) => (result === 0 || code <= 5 ? `0,${String(code)}` : '2'),
  isAlibaba: ({ memory }) => memory.triple !== undefined,
};

/** Opens the connection; the result comes after OK. */
const openLink =
  ({ openFailed }: LinkForms): Handler =>
  (unit, { name, form, args }) => {
    const { session, link } = unit;
    if (form === 'read') {
      const { target } = session;
      return target ? ok(`${name}: 0,"${target.host}",${String(target.port)}`) : ok();
    }
    const host = textUpTo(args[1], maxHostBytes);
    const port = integerIn(args[2], 1, 65_535);
    if (isWrongId(args) || !host || port === undefined || args.length !== 3) return notAllowed;
    const report = (ext: number): void => {
      unit.report(`${name}: 0,${ext === 0 ? '0' : openFailed(ext)}`);
    };
    return okThen(() => {
      if (link.state !== 'closed') report(2);
      else if (!session.isRadioOn) report(3);
      else {
        session.target = { host, port };
        link.open({ host, port, isTls: session.settings.isTls }, report);
      }
    });
  };

/**
 * Logs in; the result comes after OK.
 *
 * Shape: a user name (and password) is sent as given, a dynamic registration for one; without it
 * the login may be computed from the stored triple.
 */
const logIn =
  (forms: LinkForms): Handler =>
  (unit, { name, form, args }) => {
    const { link, session } = unit;
    if (form === 'read') return ok(`${name}: 0,${String(shownStates[link.state])}`);
    if (isWrongId(args) || args.length > 4 || link.state !== 'open') return notAllowed;
    const texts = args.slice(1).map((argument) => textUpTo(argument, maxLoginBytes));
    if (texts.includes(undefined)) return notAllowed;
    const report = (result: number, code: number): void => {
      unit.report(`${name}: 0,${forms.loggedIn(result, code)}`);
    };
    const [clientId = unit.identity.imei, username, password] = texts;
    const login = username
      ? { clientId, username, ...(password && { password: new Secret(password) }) }
      : forms.isAlibaba(unit)
        ? tripleLogin(unit, clientId)
        : { clientId };
    if (!login) {
      return okThen(() => {
        report(2, 7);
      });
    }
    return okThen(() => {
      link.login({ ...session.settings.session, ...login }, (result, code) => {
        if (result === 0) unit.counts.logins += 1;
        report(result, code);
      });
    });
  };

/** Undefined when the triple is missing, or a field of it was lost. */
function tripleLogin(unit: UnitContext, clientId: string): Login | undefined {
  const { triple } = unit.memory;
  if (!triple?.productKey || !triple.deviceName || !triple.deviceSecret.expose()) return undefined;
  const { isTls } = unit.session.settings;
  return alibabaLogin(triple, { clientId, isTls, nowMs: unit.nowMs() });
}

/** Leaves the server; the result comes after OK. */
function logOut(unit: UnitContext, { name, args }: CommandLine): Answer {
  if (isWrongId(args) || unit.link.state !== 'connected') return notAllowed;
  return okThen(() => {
    unit.link.disconnect((isDone) => {
      unit.report(`${name}: 0,${isDone ? '0' : '1'}`);
    });
  });
}

/** Cuts the connection if there is one; the result comes after OK. */
function closeLink(unit: UnitContext, { name, args }: CommandLine): Answer {
  if (isWrongId(args)) return notAllowed;
  return okThen(() => {
    unit.link.drop();
    unit.report(`${name}: 0,0`);
  });
}

/** Only MQTT socket 0 exists. Source: measured on NT26, LMQTT notes. */
export function isWrongId(args: readonly Argument[]): boolean {
  return integerIn(args[0], 0, 0) === undefined;
}
