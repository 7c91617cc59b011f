import { notAllowed, okThen } from './answers.js';
import type { Handler, UnitContext } from './context.js';
import { alibabaLogin, tokenLogin } from './login.js';
import type { Login } from './login.js';

/** What came of a login. Shape: `code` as CONNACK has it. */
export type DialEnd =
  | { readonly kind: 'connected' | 'unreachable' }
  | { readonly kind: 'refused'; readonly code: number };

/** Opens the link; `done` hears whether it is open, and that it is not without a radio. */
export function openFor(
  { link, session }: UnitContext,
  target: { readonly host: string; readonly port: number },
  done: (isOpen: boolean) => void,
): void {
  if (!session.isRadioOn) {
    done(false);
    return;
  }
  link.open({ ...target, isTls: false }, (failure) => {
    done(failure === 0);
  });
}

/** Logs in over the open link with what the unit holds. */
export function logInStored(unit: UnitContext, done: (end: DialEnd) => void): void {
  const { session, link, counts } = unit;
  link.login({ ...session.settings.session, ...storedLogin(unit) }, (result, code) => {
    if (result === 0) counts.logins += 1;
    done(result === 0 ? { kind: 'connected' } : { kind: 'refused', code });
  });
}

/** Opens the link and logs in over it with what the unit holds. */
export function dial(
  unit: UnitContext,
  target: { readonly host: string; readonly port: number },
  done: (end: DialEnd) => void,
): void {
  openFor(unit, target, (isOpen) => {
    if (isOpen) logInStored(unit, done);
    else done({ kind: 'unreachable' });
  });
}

/** A command that cuts the link. Shape: `result` is a line after the OK. */
export function hangsUp(result?: string): Handler {
  return ({ link, report }) => {
    if (link.state === 'closed') return notAllowed;
    return okThen(() => {
      link.drop();
      if (result !== undefined) report(result);
    });
  };
}

/** The login that was written, or the one made of the triple or the token; without any a bare one. */
function storedLogin(unit: UnitContext): Login {
  const { memory, identity } = unit;
  const [clientId, username] = [memory.shownField('clientId'), memory.shownField('username')];
  const password = memory.field('password');
  if (username !== '' && password) return { clientId, username, password };
  const { triple } = memory;
  if (triple) {
    return alibabaLogin(triple, { clientId: identity.imei, isTls: false, nowMs: unit.nowMs() });
  }
  const deviceToken = memory.field('deviceToken');
  return deviceToken
    ? tokenLogin({ ...memory.names, clientId, deviceToken })
    : { clientId: clientId || identity.imei };
}

/** Takes `host:port` apart; undefined when it is no such thing. */
export function targetOf(
  text: string | undefined,
): { readonly host: string; readonly port: number } | undefined {
  const [, host = '', port = ''] = /^(?:tcp:\/\/)?([\w.-]+):(\d{1,5})$/.exec(text ?? '') ?? [];
  return host === '' ? undefined : { host, port: Number(port) };
}
