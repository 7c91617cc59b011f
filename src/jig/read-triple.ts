import { readBackScript } from '../at/scripts.js';
import type { Captured, StepResult } from '../at/step.js';
import type { Dialect, ProvenValue, ReadBack } from '../at/dialect.js';
import { isFingerprintOf, isSameSecret } from '../core/read-back.js';
import { Secret } from '../core/secret.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';
import { synchronise } from './synchronise.js';
import type { UnitValues } from './unit-values.js';

/** What the module holds, compared with what it is to hold. */
export type Verdict =
  | { readonly kind: 'match' }
  | {
      readonly kind: 'empty' | 'mismatch' | 'refused' | 'unproven';
      readonly detail: string;
    };

const mostLooks = 4;

/**
 * Reads back what was written and compares it value by value; what is not a match is looked at again
 * until two looks agree, because an `OK` carries no name and may belong to an earlier command.
 *
 * Errors: `SlotStop` with `no_answer`, `garbage`, `module_reset` and those of the chat.
 */
export async function readTriple(chat: Chat, unit: UnitValues): Promise<Verdict> {
  if (chat.dialect.readBack.mode === 'none') {
    return { kind: 'unproven', detail: 'this dialect shows nothing of what is stored' };
  }
  let before = await look(chat, unit);
  for (let looks = 2; ; looks += 1) {
    if (before?.kind === 'match' || before?.kind === 'unproven') {
      return before;
    }
    await synchronise(chat, 'after_trouble');
    const verdict = await look(chat, unit);
    if (verdict?.kind === before?.kind || looks === mostLooks) {
      return verdict ?? noAnswer();
    }
    before = verdict;
  }
}

function noAnswer(): never {
  throw new SlotStop('no_answer', 'the read-back was not answered');
}

async function look(chat: Chat, unit: UnitValues): Promise<Verdict | undefined> {
  const { end, steps } = await chat.run(readBackScript(chat.dialect, unit));
  if (end === 'module_reset') {
    throw new SlotStop('module_reset', 'restarted during the read-back');
  }
  return end === 'timeout' ? undefined : judge(chat.dialect, steps, unit);
}

function judge(dialect: Dialect, steps: readonly StepResult[], unit: UnitValues): Verdict {
  const { readBack } = dialect;
  const refused = steps.find(({ end }) => end === 'refused');
  if (refused !== undefined && !meansEmpty(readBack, refused)) {
    return { kind: 'refused', detail: describeError(dialect, refused) };
  }
  const readings = steps
    .flatMap(({ captured }) => captured)
    .map((captured) => readingOf(captured, readBack, unit));
  const right = new Set(readings.filter(isRight).flatMap(({ names }) => names));
  if (readBack.proves.every((name) => right.has(name))) {
    return readBack.mode === 'masked'
      ? { kind: 'unproven', detail: 'this dialect does not show the secret' }
      : { kind: 'match' };
  }
  if (right.size === 0 && isNothing(readings, readBack)) {
    return { kind: 'empty', detail: 'the module holds nothing' };
  }
  const hidden = new Set(readings.flatMap((reading) => reading.hidden));
  return readBack.proves.every((name) => right.has(name) || hidden.has(name))
    ? { kind: 'unproven', detail: `the module shows asterisks for ${[...hidden].join(', ')}` }
    : { kind: 'mismatch', detail: `differs in ${wrongNames(readings, right, readBack)}` };
}

function meansEmpty({ emptyErrors }: ReadBack, { error }: StepResult): boolean {
  return emptyErrors.includes(error?.family === 'cme' ? (error.code ?? '') : 'ERROR');
}

/** Names the command that a module refused, and how, without its values and free text of the module. */
export function describeError(dialect: Dialect, step: StepResult | undefined): string {
  const code = step?.error?.code;
  if (code === undefined || !/^\d+$/.test(code)) {
    return `${nameOf(step)} was answered with an error`;
  }
  const word = dialect.errors[code] ?? 'unnamed';
  return `${nameOf(step)} was answered with error ${code} (${word})`;
}

/** Names how a URC reported that a step failed; undefined where none did. */
export function describeUrc(step: StepResult | undefined): string | undefined {
  const fields = step?.urc?.fields;
  const code = fields?.['code'] || fields?.['late'] || fields?.['unreachable'];
  return step?.urc === undefined
    ? undefined
    : `${nameOf(step)} was reported as failed${code ? ` with code ${code}` : ''}`;
}

function nameOf(step: StepResult | undefined): string {
  if (step?.command === undefined) return step?.id ?? 'a step';
  const { id, command } = step;
  return `${id} (${command.length > 80 ? `${command.slice(0, 79)}…` : command})`;
}

/** One reading of one line: the values it hides, those it names, and which of these are wrong. */
interface Reading {
  readonly hidden: readonly ProvenValue[];
  readonly names: readonly ProvenValue[];
  readonly different: readonly ProvenValue[];
  readonly isBlank: boolean;
}

function readingOf(captured: Captured, { proves, mode }: ReadBack, unit: UnitValues): Reading {
  const read = proves.flatMap((name) => {
    const hidden = captured.secrets[name];
    const text = hidden ?? captured.fields[name];
    const value = typeof text === 'string' ? new Secret(text) : text;
    const isSame = hidden !== undefined && mode === 'fingerprint' ? isFingerprintOf : isSameSecret;
    return value === undefined ? [] : [{ name, value, isSame }];
  });
  const printed = read.filter(({ value }) => !isMasked(value));
  return {
    hidden: read.filter(({ value }) => isMasked(value)).map(({ name }) => name),
    names: printed.map(({ name }) => name),
    different: printed
      .filter(({ name, value, isSame }) => !isSame(value, secretOf(unit[name])))
      .map(({ name }) => name),
    isBlank: printed.length > 0 && printed.every(({ value }) => isSameSecret(value, blank)),
  };
}

const blank = new Secret('');

/** Source: Quectel EG800K, whose firmware prints asterisks where its manual shows the password. */
function isMasked(value: Secret): boolean {
  return /^\*+$/.test(value.expose());
}

function secretOf(value: string | Secret): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

function isRight({ different }: Reading): boolean {
  return different.length === 0;
}

/** Nothing was told, or every value that was told of was told to be empty. */
function isNothing(readings: readonly Reading[], { proves }: ReadBack): boolean {
  const told = new Set(readings.flatMap(({ names }) => names));
  const empty = new Set(readings.filter(({ isBlank }) => isBlank).flatMap(({ names }) => names));
  return (
    readings.length === 0 ||
    (empty.size > 0 && proves.every((name) => empty.has(name) || !told.has(name)))
  );
}

/** Goes by the reading that comes closest, for a line may be read in several ways. */
function wrongNames(
  readings: readonly Reading[],
  right: ReadonlySet<ProvenValue>,
  { proves }: ReadBack,
): string {
  const [closest] = readings
    .filter(({ names }) => names.length > 0)
    .sort((left, other) => left.different.length - other.different.length);
  const same = closest?.names.filter((name) => !closest.different.includes(name)) ?? [];
  const wrong = proves.filter((name) => !right.has(name) && !same.includes(name));
  return wrong.length === 0 ? 'everything' : wrong.join(', ');
}
