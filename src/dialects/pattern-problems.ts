import { checkPattern } from '../at/check-pattern.js';
import type { PatternUse } from '../at/check-pattern.js';
import type { Dialect } from '../at/dialect.js';
import { groupsOf, textsOf } from '../at/pattern-facts.js';
import type { PatternNode } from '../at/pattern-syntax.js';
import type { DialectProblem, Path, Spot } from './dialect-parts.js';

/** Gives what is wrong with the patterns that stand by themselves. */
export function patternProblems(dialect: Dialect): readonly DialectProblem[] {
  const { banners, busyLines, countedHeads, maxLineBytes } = dialect;
  const check = (
    name: string,
    patterns: readonly string[],
    use: PatternUse,
    more: (tree: PatternNode, path: Path) => readonly DialectProblem[],
  ): readonly DialectProblem[] =>
    spots(name, patterns).flatMap(({ path, value }) => {
      const tree = checkPattern(value, maxLineBytes, use);
      return typeof tree === 'string'
        ? [{ path, message: tree, isUnread: true }]
        : more(tree, path);
    });
  return [
    ...check('banners', banners, 'line', needsText),
    ...check('busyLines', busyLines, 'line', needsText),
    ...check('countedHeads', countedHeads, 'counted', (tree, path) =>
      groupsOf(tree).includes('length') ? [] : [{ path, message: 'needs the group length' }],
    ),
  ];
}

/** A pattern that fits every line would take answers for it. */
function needsText(tree: PatternNode, path: Path): readonly DialectProblem[] {
  return textsOf(tree).texts.some((text) => text.length >= 2)
    ? []
    : [{ path, message: 'needs two characters that every such line has, or it takes answers too' }];
}

function spots(name: string, values: readonly string[]): readonly Spot<string>[] {
  return values.map((value, at) => ({ path: [name, at], value }));
}
