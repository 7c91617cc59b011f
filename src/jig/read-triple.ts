import { readBackScript } from '../at/scripts.js';
import type { Captured, StepResult } from '../at/step.js';
import type { Dialect } from '../at/dialect.js';
import { isFingerprintOf, isSameSecret } from '../core/read-back.js';
import { Secret } from '../core/secret.js';
import type { Triple } from '../core/triple.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';
import { synchronise } from './synchronise.js';

/** What the module holds, compared with what it is to hold. */
export type Verdict =
  | { readonly kind: 'match' }
  | {
      readonly kind: 'empty' | 'mismatch' | 'refused' | 'unproven';
      readonly detail: string;
    };

/**
 * Reads the triple back and compares it field by field; what is not a match is looked at twice,
 * because an `OK` carries no name and may belong to an earlier command.
 *
 * Errors: `SlotStop` with `no_answer`, `garbage`, `module_reset` and those of the chat.
 */
export async function readTriple(chat: Chat, triple: Triple): Promise<Verdict> {
  const first = await look(chat, triple);
  if (first?.kind === 'match') {
    return first;
  }
  await synchronise(chat, 'after_trouble');
  const second = await look(chat, triple);
  if (second === undefined) {
    throw new SlotStop('no_answer', 'the read-back was not answered');
  }
  return second;
}

async function look(chat: Chat, triple: Triple): Promise<Verdict | undefined> {
  const result = await chat.run(readBackScript(chat.dialect));
  if (result.end === 'module_reset') {
    throw new SlotStop('module_reset', 'restarted during the read-back');
  }
  const step = result.steps.at(-1);
  return result.end === 'timeout' || step === undefined
    ? undefined
    : judge(chat.dialect, step, triple);
}

function judge(dialect: Dialect, step: StepResult, triple: Triple): Verdict {
  const { emptyErrors, mode } = dialect.readBack;
  if (step.end === 'refused') {
    const code = step.error?.code ?? '';
    return step.error?.family === 'cme' && emptyErrors.includes(code)
      ? { kind: 'empty', detail: `the module answers +CME ERROR: ${code}` }
      : { kind: 'refused', detail: describeError(dialect, step) };
  }
  if (mode === 'masked' || mode === 'none') {
    return { kind: 'unproven', detail: 'this dialect does not show the secret' };
  }
  const readings = step.captured.map((captured) => differences(captured, triple, mode));
  if (readings.some((different) => different.length === 0)) {
    return { kind: 'match' };
  }
  if (step.captured.length === 0 || step.captured.some(isEmpty)) {
    return { kind: 'empty', detail: 'the module holds nothing' };
  }
  return { kind: 'mismatch', detail: `differs in ${readings[0]?.join(', ') ?? 'everything'}` };
}

/** Names how a module refused a command, without repeating free text of the module. */
export function describeError(dialect: Dialect, step: StepResult | undefined): string {
  const code = step?.error?.code;
  if (code === undefined || !/^\d+$/.test(code)) {
    return `${step?.id ?? 'a step'} was answered with an error`;
  }
  const word = dialect.errors[code] ?? 'unnamed';
  return `${step?.id ?? 'a step'} was answered with error ${code} (${word})`;
}

function differences(
  captured: Captured,
  triple: Triple,
  mode: 'clear' | 'fingerprint',
): readonly string[] {
  const secret = captured.secrets['deviceSecret'] ?? new Secret('');
  const isSame = mode === 'clear' ? isSameSecret : isFingerprintOf;
  return [
    ...(captured.fields['productKey'] === triple.productKey ? [] : ['productKey']),
    ...(captured.fields['deviceName'] === triple.deviceName ? [] : ['deviceName']),
    ...(isSame(secret, triple.deviceSecret) ? [] : ['deviceSecret']),
  ];
}

function isEmpty(captured: Captured): boolean {
  const { productKey, deviceName } = captured.fields;
  const secret = captured.secrets['deviceSecret'];
  return productKey === '' && deviceName === '' && secret !== undefined && isBlank(secret);
}

function isBlank(secret: Secret): boolean {
  return isSameSecret(secret, new Secret(''));
}
