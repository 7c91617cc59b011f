import { Secret } from '../core/secret.js';
import { notAllowed, ok, okThen } from './answers.js';
import type { Answer } from './answers.js';
import { integerIn, textUpTo } from './command-line.js';
import type { Argument, CommandLine } from './command-line.js';
import type { UnitContext } from './context.js';
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

/** AT+LMQTTOPEN: opens the connection; the result comes as `+LMQTTOPEN: 0,0` or `0,-1,<ext>`. */
export function openLink(unit: UnitContext, { form, args }: CommandLine): Answer {
  const { session, link } = unit;
  if (form === 'read') {
    const { target } = session;
    return target ? ok(`+LMQTTOPEN: 0,"${target.host}",${String(target.port)}`) : ok();
  }
  const host = textUpTo(args[1], maxHostBytes);
  const port = integerIn(args[2], 1, 65_535);
  if (isWrongId(args) || !host || port === undefined || args.length !== 3) return notAllowed;
  const report = (ext: number): void => {
    unit.report(ext === 0 ? '+LMQTTOPEN: 0,0' : `+LMQTTOPEN: 0,-1,${String(ext)}`);
  };
  return okThen(() => {
    if (link.state !== 'closed') report(2);
    else if (!session.isRadioOn) report(3);
    else {
      session.target = { host, port };
      link.open({ host, port, isTls: session.settings.isTls }, report);
    }
  });
}

/**
 * AT+LMQTTCONN: logs in; the result comes as `+LMQTTCONN: 0,<result>,<ret_code>`.
 *
 * Shape: a user name (and password) is sent as given, a dynamic registration for one; without it
 * and with cloud type 2 the login is computed from the stored triple.
 */
export function logIn(unit: UnitContext, { form, args }: CommandLine): Answer {
  const { link, session } = unit;
  if (form === 'read') return ok(`+LMQTTCONN: 0,${String(shownStates[link.state])}`);
  if (isWrongId(args) || args.length > 4 || link.state !== 'open') return notAllowed;
  const texts = args.slice(1).map((argument) => textUpTo(argument, maxLoginBytes));
  if (texts.includes(undefined)) return notAllowed;
  const login = loginOf(unit, texts[0] ?? unit.identity.imei, texts[1], texts[2]);
  if (!login) {
    return okThen(() => {
      unit.report('+LMQTTCONN: 0,2,7');
    });
  }
  return okThen(() => {
    link.login({ ...session.settings.session, ...login }, (result, code) => {
      if (result === 0) unit.counts.logins += 1;
      unit.report(`+LMQTTCONN: 0,${String(result)},${String(code)}`);
    });
  });
}

/** Undefined when the triple is missing, or a field of it was lost. */
function loginOf(
  unit: UnitContext,
  clientId: string,
  username: string | undefined,
  password: string | undefined,
): Login | undefined {
  const { memory, session } = unit;
  if (username) {
    return { clientId, username, ...(password && { password: new Secret(password) }) };
  }
  if (memory.cloud?.cloudType !== alibabaCloud) return { clientId };
  const { triple } = memory;
  if (!triple?.productKey || !triple.deviceName || !triple.deviceSecret.expose()) return undefined;
  return alibabaLogin(triple, { clientId, isTls: session.settings.isTls, nowMs: unit.nowMs() });
}

/** AT+LMQTTDISC: leaves the server; the result comes as `+LMQTTDISC: 0,<result>`. */
export function logOut(unit: UnitContext, { args }: CommandLine): Answer {
  if (isWrongId(args) || unit.link.state !== 'connected') return notAllowed;
  return okThen(() => {
    unit.link.disconnect((isDone) => {
      unit.report(`+LMQTTDISC: 0,${isDone ? '0' : '1'}`);
    });
  });
}

/** AT+LMQTTCLOSE: cuts the connection if there is one; the result comes as `+LMQTTCLOSE: 0,0`. */
export function closeLink(unit: UnitContext, { args }: CommandLine): Answer {
  if (isWrongId(args)) return notAllowed;
  return okThen(() => {
    unit.link.drop();
    unit.report('+LMQTTCLOSE: 0,0');
  });
}

/** Only MQTT socket 0 exists. Source: measured on NT26, LMQTT notes. */
export function isWrongId(args: readonly Argument[]): boolean {
  return integerIn(args[0], 0, 0) === undefined;
}
