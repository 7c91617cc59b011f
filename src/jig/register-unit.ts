import { registerScript } from '../at/scripts.js';
import type { Dialect, Network } from '../at/dialect.js';
import type { StepResult } from '../at/step.js';
import { Secret } from '../core/secret.js';
import type { Triple } from '../core/triple.js';
import type { Chat, ChatResult } from './chat.js';
import type { Credential } from '../core/credential.js';
import type { ClaimGrant } from './claims.js';
import { proofsOf } from './choose-proof.js';
import { hangUp } from './hang-up.js';
import { describeError, describeUrc } from './read-triple.js';
import { SlotStop } from './slot-result.js';
import type { SlotReason } from './slot-result.js';

/** Source: MQTT 3.1.1, table 3.1, as the service gives them to registrations. */
const returnCodes =
  'of a code, 2 means that the product allows no registration without TLS (allowPlaintext), ' +
  '3 a limit or a quota, 4 its policy or the state of the device';

type Registering = Extract<Credential, { kind: 'product-secret' }>;

/**
 * Gives how a module of a dialect fetches its triple at the jig.
 *
 * Errors: `SlotStop` with `registration_unsupported`.
 */
export function networkOf(dialect: Dialect): Network {
  const { id, network, moduleRegistration, persistence } = dialect;
  if (network !== undefined) return network;
  const why =
    moduleRegistration === undefined
      ? `${id} has no way to register a module`
      : `a module of ${id} registers by itself: its host sends the commands that moduleRegistration of the dialect lists`;
  const terms =
    persistence === 'ram' ? 'device-secret order with acceptVolatile' : 'device-secret order';
  const advice = `; to write it at the jig place a ${terms}`;
  const canPass = proofsOf(dialect).length > 0;
  throw new SlotStop('registration_unsupported', canPass ? why + advice : why);
}

/**
 * Has the module fetch its own triple over MQTT; never twice, for a product may rotate its secrets.
 *
 * Errors: `SlotStop` with `registration_unsupported`, `broker_unreachable`, `registration_refused`,
 * `registration_lost`, `registration_timeout`, `registration_malformed`, `registration_mismatch`,
 * `module_reset`, and those of the chat. `command.argument_refused` before anything is sent.
 */
export async function registerUnit(
  chat: Chat,
  credential: Registering,
  broker: ClaimGrant['broker'],
): Promise<Triple> {
  const network = networkOf(chat.dialect);
  const login = { ...broker, ...credential.registration };
  const result = await chat.run(registerScript(chat.dialect, network, login));
  const received = result.steps.find((step) => step.id === 'received');
  const payload = received?.end === 'done' ? received.urc?.secrets['payload'] : undefined;
  if (payload === undefined) {
    const stop = stopOf(chat, network, result);
    if (stop.reason !== 'module_reset') {
      await hangUp(chat, network.close);
    }
    throw stop;
  }
  return parsePayload(payload, credential);
}

function stopOf(chat: Chat, network: Network, { end, steps }: ChatResult): SlotStop {
  const last = steps.at(-1);
  if (end === 'module_reset') {
    return new SlotStop('module_reset', 'restarted during the registration');
  }
  if (end === 'timeout') {
    const seconds = Math.round(network.receivedMs / 1_000);
    const detail =
      last?.id === 'received' ? `no triple came within ${seconds} s` : 'the module did not answer';
    return new SlotStop('registration_timeout', detail);
  }
  const reasons: Readonly<Record<string, SlotReason>> = {
    open: 'broker_unreachable',
    connect: 'registration_refused',
    received: 'registration_lost',
  };
  const reason = reasons[last?.id ?? ''] ?? 'registration_refused';
  const told = describeUrc(last) ?? describeError(chat.dialect, last);
  return new SlotStop(reason, hasReturnCode(last) ? `${told}; ${returnCodes}` : told);
}

function hasReturnCode(step: StepResult | undefined): boolean {
  const fields = step?.id === 'connect' ? step.urc?.fields : undefined;
  return Boolean(fields?.['code'] || fields?.['late']);
}

function parsePayload(payload: Secret, expected: Registering): Triple {
  const { productKey, deviceName, deviceSecret } = readJson(payload);
  if (typeof deviceSecret !== 'string' || deviceSecret === '') {
    throw new SlotStop('registration_malformed', 'the reply holds no device secret');
  }
  if (productKey !== expected.productKey || deviceName !== expected.deviceName) {
    throw new SlotStop('registration_mismatch', 'the reply is for another device');
  }
  return { productKey, deviceName, deviceSecret: new Secret(deviceSecret) };
}

function readJson(payload: Secret): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload.expose());
    return value !== null && typeof value === 'object' ? { ...value } : {};
  } catch {
    // Without the cause: the message of a parser repeats what it could not read.
    throw new SlotStop('registration_malformed', 'the reply is no JSON');
  }
}
