import { expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { dialects, findDialect } from '../../src/at/find-dialect.js';
import { rivalsOf } from '../../src/at/rival-dialects.js';

const lierda = findDialect('lierda-lmqtt');

/** An own dialect; what its module answers to ATI has to fit. */
const own = (pattern: string, modules = ['ACME-35']): Dialect => ({
  ...lierda,
  id: 'own',
  modules,
  match: [{ command: 'ATI', capture: { pattern } }],
});

it('no two built-in dialects know the same module', () => {
  for (const dialect of dialects) expect(rivalsOf(dialect, dialects)).toEqual([]);
});

it.each<[string, Dialect, string | undefined]>([
  ['its pattern fits a module of the other', own('.*(?<value>NT\\d\\dE).*'), 'NT35E'],
  ['the other fits a module of its own', own('.*(?<value>[A-Z]+-35).*', ['NT35E-35']), 'NT35E-35'],
  ['the other fits the text of its pattern', own('ACME (?<value>NT35E) v2'), 'ACME NT35E v2'],
  ['its pattern fits all that is said', own('(?<value>.+)', ['X']), 'NT35E'],
  ['its module is known to it alone', own('(?<value>ACME-35).*'), undefined],
  ['its pattern has more than the name', own('ACME [A-Z]+ (?<value>NT35E)'), undefined],
  ['it knows no module', { ...own('x'), match: [] }, undefined],
])('where %s, that is told with the text', (_, dialect, model) => {
  const rivals = model === undefined ? [] : [{ id: 'lierda-lmqtt', model }];
  expect(rivalsOf(dialect, [lierda, dialect])).toEqual(rivals);
});
