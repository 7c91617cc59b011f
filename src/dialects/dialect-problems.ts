import type { Dialect } from '../at/dialect.js';
import { dialects } from '../at/find-dialect.js';
import { captureProblems } from './capture-problems.js';
import { commandSpots, plainSpots } from './dialect-parts.js';
import type { DialectProblem } from './dialect-parts.js';
import { patternProblems } from './pattern-problems.js';
import { templateProblems } from './template-problems.js';

/** Secrets that a module is given. */
const hidden: readonly string[] = ['deviceSecret', 'password'];

/**
 * Gives what is wrong with how the fields of a dialect fit together: values without a rule, patterns
 * that could hang, read-backs that prove nothing or leak, steps that can never end well.
 */
export function dialectProblems(dialect: Dialect): readonly DialectProblem[] {
  return [
    ...idProblems(dialect),
    ...plainSpots(dialect).flatMap(({ path, value }) =>
      /[{}]/.test(value) ? [{ path, message: 'no values may stand here, so neither { nor }' }] : [],
    ),
    ...templateProblems(dialect),
    ...patternProblems(dialect),
    ...captureProblems(dialect),
    ...proofProblems(dialect),
    ...endProblems(dialect),
  ];
}

function idProblems({ id, match, uart, identity }: Dialect): readonly DialectProblem[] {
  const problems: DialectProblem[] = [];
  if (dialects.some((builtIn) => builtIn.id === id)) {
    problems.push({ path: ['id'], message: 'a built-in dialect has this id; choose another' });
  }
  for (const [at, { command }] of match.entries()) {
    const path = ['match', at, 'command'];
    // Where a slot names no dialect it is sent to modules of every family.
    if (command.includes('=')) problems.push({ path, message: 'asks, so it holds no =' });
  }
  if (new Set(uart.baudRates).size < uart.baudRates.length) {
    problems.push({ path: ['uart', 'baudRates'], message: 'a rate is named twice' });
  }
  if ([...identity.imei, ...identity.sn, ...(identity.mac ?? [])].length === 0) {
    const message = 'imei, sn or mac needs a question, or no unit can be told from another';
    problems.push({ path: ['identity'], message });
  }
  return problems;
}

/** What the read-back must prove, and by what it could. */
function proofProblems({ write, readBack }: Dialect): readonly DialectProblem[] {
  const { mode, proves, commands } = readBack;
  const problems: DialectProblem[] = [];
  const texts = write.flatMap(({ text, data }) => [text, data?.text ?? '']);
  const isWritten = (name: string): boolean => texts.some((text) => text.includes(`{${name}}`));
  if (!hidden.some(isWritten)) {
    problems.push({ path: ['write'], message: 'no command writes {deviceSecret} or {password}' });
  }
  for (const [at, name] of proves.entries()) {
    const path = ['readBack', 'proves', at];
    if (!isWritten(name)) problems.push({ path, message: `no command writes {${name}}` });
    const isRead = commands.some(({ captures }) =>
      captures.some(({ pattern }) => pattern.includes(`(?<${name}>`)),
    );
    if (!isRead) problems.push({ path, message: `no pattern has the group ${name}` });
  }
  return [...problems, ...modeProblems(mode, proves, commands.length)];
}

function modeProblems(
  mode: Dialect['readBack']['mode'],
  proves: readonly string[],
  commands: number,
): readonly DialectProblem[] {
  const path = ['readBack', 'mode'];
  const provesSecret = proves.some((name) => hidden.includes(name));
  if (mode === 'none') {
    return commands + proves.length === 0
      ? []
      : [{ path, message: 'with none there are neither commands nor proves' }];
  }
  if (commands === 0 || proves.length === 0) {
    return [{ path, message: `${mode} needs commands and proves; none is without` }];
  }
  if (mode === 'masked') {
    return provesSecret
      ? [{ path, message: 'masked proves no secret: take clear or fingerprint, or prove less' }]
      : [];
  }
  return provesSecret
    ? []
    : [{ path, message: `${mode} has to prove deviceSecret or password; else it is masked` }];
}

/** Every step needs an end that can come. */
function endProblems(dialect: Dialect): readonly DialectProblem[] {
  const { restart, banners, extraFinals } = dialect;
  const problems: DialectProblem[] = [];
  if (!restart.hasFinal && banners.length === 0) {
    const message = 'without a final result the restart needs a banner, and banners is empty';
    problems.push({ path: ['restart', 'hasFinal'], message });
  }
  for (const [at, word] of (extraFinals?.failure ?? []).entries()) {
    const means = word === 'OK' || extraFinals?.success.includes(word) === true;
    const message = `${word} means success already`;
    if (means) problems.push({ path: ['extraFinals', 'failure', at], message });
  }
  if (extraFinals?.success.includes('ERROR') === true) {
    problems.push({ path: ['extraFinals', 'success'], message: 'ERROR means failure already' });
  }
  for (const { path, value } of commandSpots(dialect)) {
    if (value.success !== undefined && value.success.pattern === value.failure?.pattern) {
      const message = 'failure has the same pattern and is tried first, so success never comes';
      problems.push({ path: [...path, 'success'], message });
    }
  }
  return problems;
}
