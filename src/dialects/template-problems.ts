import { provenValues } from '../at/dialect.js';
import type { Dialect } from '../at/dialect.js';
import { checkPattern } from '../at/check-pattern.js';
import type { ArgumentRule } from '../at/render.js';
import { templateSpots } from './dialect-parts.js';
import type { DialectProblem, Path } from './dialect-parts.js';

/** The values that a command may name, by when it is sent. */
export const knownValues = {
  unit: [...provenValues, 'host', 'port'],
  login: ['clientId', 'username', 'password', 'host', 'port'],
  product: [
    ...['productKey', 'deviceName', 'productSecret', 'clientId', 'username', 'password'],
    ...['host', 'port'],
  ],
  broker: ['host', 'port'],
  none: [],
} as const satisfies Record<string, readonly string[]>;

/** Gives what is wrong with the values in commands and their rules. */
export function templateProblems(dialect: Dialect): readonly DialectProblem[] {
  return templateSpots(dialect).flatMap(({ path, value, values, isData }) => [
    ...placeProblems(path, value, knownValues[values]),
    ...Object.entries(value.rules).flatMap(([name, rule]) =>
      ruleProblems([...path, 'rules', name], name, rule, isData),
    ),
  ]);
}

/** Every place has a known value and a rule, and every rule its place. */
function placeProblems(
  path: Path,
  { text, rules }: { readonly text: string; readonly rules: Readonly<Record<string, unknown>> },
  known: readonly string[],
): readonly DialectProblem[] {
  const problems: DialectProblem[] = [];
  const places = [...text.matchAll(/\{(\w+)(\.length)?\}/g)];
  const at = [...path, 'text'];
  if (/[{}]/.test(text.replace(/\{\w+(?:\.length)?\}/g, ''))) {
    problems.push({ path: at, message: 'has { or } that is no {name} and no {name.length}' });
  }
  for (const [place, name = '', length] of places) {
    const list = known.length === 0 ? 'none is known here' : `known are ${known.join(', ')}`;
    if (!known.includes(name)) {
      problems.push({ path: at, message: `${place} is no value: ${list}` });
    } else if (length === undefined && !Object.hasOwn(rules, name)) {
      problems.push({ path: [...path, 'rules'], message: `${place} has no rule` });
    }
  }
  for (const name of Object.keys(rules)) {
    if (!text.includes(`{${name}}`)) {
      problems.push({ path: [...path, 'rules', name], message: `the text has no {${name}}` });
    }
  }
  return problems;
}

function ruleProblems(
  path: Path,
  name: string,
  rule: ArgumentRule,
  isData: boolean,
): readonly DialectProblem[] {
  const isNumber = name === 'port';
  if (rule.kind === 'integer') {
    if (!isNumber) return [{ path, message: `${name} is a text: quoted or bare` }];
    return rule.min <= rule.max ? [] : [{ path, message: 'min is above max' }];
  }
  if (rule.kind === 'raw' && !isData) {
    return [{ path, message: 'raw is for data behind a prompt; here quoted or bare' }];
  }
  if (rule.characters === undefined) return [];
  const wrong = checkPattern(`(?:${rule.characters})*`, rule.maxBytes);
  return typeof wrong === 'string' ? [{ path: [...path, 'characters'], message: wrong }] : [];
}
