import { provenValues, registrationPlaces } from '../at/dialect.js';
import type { Dialect } from '../at/dialect.js';
import { checkPattern } from '../at/check-pattern.js';
import type { ArgumentRule } from '../at/render.js';
import { templateSpots } from './dialect-parts.js';
import type { DialectProblem, Path } from './dialect-parts.js';

/** The values that a command may name, by when it is sent. */
export const knownValues = {
  unit: [...provenValues, 'host', 'port'],
  login: ['clientId', 'username', 'password', 'host', 'port'],
  broker: ['host', 'port'],
  none: [],
} as const satisfies Record<string, readonly string[]>;

/** Where a value stands in a command. */
const places = /\{(\w+)(\.length)?\}/g;

/** Gives what is wrong with the values in commands and their rules. */
export function templateProblems(dialect: Dialect): readonly DialectProblem[] {
  const sent = templateSpots(dialect).flatMap(({ path, value, values, isData }) => [
    ...placeProblems(path, value, knownValues[values]),
    ...Object.entries(value.rules).flatMap(([name, rule]) =>
      ruleProblems([...path, 'rules', name], name, rule, isData),
    ),
  ]);
  return [...sent, ...registrationProblems(dialect)];
}

/** The commands that only the module's host sends: they have values, but no rules. */
function registrationProblems({ moduleRegistration }: Dialect): readonly DialectProblem[] {
  const { commands = [] } = moduleRegistration ?? {};
  const path = ['moduleRegistration', 'commands'];
  const problems = commands.flatMap((text, at) =>
    nameProblems([...path, at], text, registrationPlaces),
  );
  const isTold = commands.some((text) => text.includes('{productSecret}'));
  return moduleRegistration === undefined || isTold
    ? problems
    : [...problems, { path, message: 'no command names {productSecret}' }];
}

/** Every place has a known value and a rule, and every rule its place. */
function placeProblems(
  path: Path,
  { text, rules }: { readonly text: string; readonly rules: Readonly<Record<string, unknown>> },
  known: readonly string[],
): readonly DialectProblem[] {
  const problems = [...nameProblems([...path, 'text'], text, known)];
  for (const [place, name = '', length] of text.matchAll(places)) {
    if (known.includes(name) && length === undefined && !Object.hasOwn(rules, name)) {
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

/** Every brace belongs to a known value. */
function nameProblems(
  path: Path,
  text: string,
  known: readonly string[],
): readonly DialectProblem[] {
  const list = known.length === 0 ? 'none is known here' : `known are ${known.join(', ')}`;
  const strange = [...text.matchAll(places)].filter(([, name = '']) => !known.includes(name));
  const problems = strange.map(([place]) => ({ path, message: `${place} is no value: ${list}` }));
  return /[{}]/.test(text.replace(places, ''))
    ? [{ path, message: 'has { or } that is no {name} and no {name.length}' }, ...problems]
    : problems;
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
