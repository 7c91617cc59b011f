import { Secret } from '../core/secret.js';
import { notAllowed, ok } from './answers.js';
import type { Answer } from './answers.js';
import type { UnitContext } from './context.js';
import { openFor } from './dial.js';
import type { DialEnd } from './dial.js';
import { registrationLogin } from './login.js';
import type { RegistrationKind } from './login.js';
import { store } from './store.js';

/** What the service answers with, by what it was asked for. */
const answered = {
  register: ['deviceSecret'],
  regnwl: ['clientId', 'deviceToken'],
} as const satisfies Record<RegistrationKind, readonly string[]>;

/** Writes a product secret; what an earlier registration or triple gave is gone. */
export function storeProductSecret(unit: UnitContext, texts: readonly string[]): Answer {
  const [productKey, deviceName, productSecret] = texts;
  if (!productKey || !deviceName || !productSecret) return notAllowed;
  const old = [...answered.register, ...answered.regnwl];
  for (const name of old) unit.memory.remove(name);
  return store(unit, { productKey, deviceName, productSecret }) ?? ok();
}

/** Whether the unit holds a product secret, and nothing yet to log in with. */
export function hasToRegister({ memory }: UnitContext): boolean {
  const hasCredential = memory.triple !== undefined || memory.field('deviceToken') !== undefined;
  return memory.field('productSecret') !== undefined && !hasCredential;
}

/** What a registration tells as it goes on. Shape: `answer` comes after `connected` only. */
interface RegistrationListener {
  login(end: DialEnd): void;
  /** The payload, which the unit has kept; undefined when nothing came that it could use. */
  answer(payload: Secret | undefined): void;
}

/** Registers over a link of its own, which stays open, with the product secret that the unit holds. */
export function register(
  unit: UnitContext,
  ask: {
    readonly kind: RegistrationKind;
    readonly target: { readonly host: string; readonly port: number };
  },
  listener: RegistrationListener,
): void {
  const { link, memory, session } = unit;
  const productSecret = memory.field('productSecret') ?? new Secret('');
  const random = String(unit.nowMs());
  const login = registrationLogin({ ...memory.names, productSecret }, { kind: ask.kind, random });
  openFor(unit, ask.target, (isOpen) => {
    if (!isOpen) {
      listener.login({ kind: 'unreachable' });
      return;
    }
    link.login({ ...session.settings.session, ...login }, (result, code) => {
      if (result === 0) {
        link.nextMessage((message) => {
          const isOurs = message?.topic === `/ext/${ask.kind}`;
          const payload = isOurs ? new Secret(message.payload.toString('utf8')) : undefined;
          listener.answer(payload && keep(unit, answered[ask.kind], payload));
        });
      }
      listener.login(result === 0 ? { kind: 'connected' } : { kind: 'refused', code });
    });
  });
}

function keep(
  { memory, family }: UnitContext,
  names: readonly string[],
  payload: Secret,
): Secret | undefined {
  const told = fieldsOf(payload);
  const fields = names.map((name) => [name, told.get(name)] as const);
  const isText = (field: readonly [string, unknown]): field is readonly [string, string] =>
    typeof field[1] === 'string' && field[1] !== '';
  if (!fields.every(isText)) return undefined;
  memory.put(Object.fromEntries(fields), family.keeps === 'nvm');
  return payload;
}

/** The fields of a JSON object; none when it is none. */
function fieldsOf(payload: Secret): ReadonlyMap<string, unknown> {
  try {
    const told: unknown = JSON.parse(payload.expose());
    return new Map(Object.entries(told ?? {}));
  } catch {
    return new Map();
  }
}
