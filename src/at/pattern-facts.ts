import type { PatternNode } from './pattern-syntax.js';

/** Gives the names of the groups of a pattern. */
export function groupsOf(node: PatternNode): readonly string[] {
  switch (node.kind) {
    case 'chars':
      return [];
    case 'sequence':
    case 'choice':
      return node.parts.flatMap(groupsOf);
    case 'repeat':
      return groupsOf(node.part);
    case 'group':
      return [...(node.name === undefined ? [] : [node.name]), ...groupsOf(node.part)];
  }
}

/**
 * Gives the texts that stand in every line that fits a pattern.
 *
 * Shape: in their order; `isWhole` where the pattern is one text and nothing else; `start` is the text
 * that every line begins with, or empty.
 */
export function textsOf(node: PatternNode): {
  readonly texts: readonly string[];
  readonly start: string;
  readonly isWhole: boolean;
} {
  const pieces = flatten(node);
  const texts = pieces
    .reduce<string[]>(
      (runs, piece) =>
        piece === undefined
          ? [...runs, '']
          : [...runs.slice(0, -1), `${runs.at(-1) ?? ''}${piece}`],
      [''],
    )
    .filter((run) => run !== '');
  const start = pieces[0] === undefined ? '' : (texts[0] ?? '');
  return { texts, start, isWhole: pieces.length > 0 && start.length === pieces.length };
}

/** Characters that must come, one after the other; undefined where something else may. */
function flatten(node: PatternNode): readonly (string | undefined)[] {
  switch (node.kind) {
    case 'chars':
      return [node.text];
    case 'group':
      return flatten(node.part);
    case 'sequence':
      return node.parts.flatMap(flatten);
    case 'choice':
    case 'repeat':
      return [undefined];
  }
}

/** Whether nothing but the empty text fits a pattern. */
export function fitsOnlyNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'chars':
      return false;
    case 'group':
      return fitsOnlyNothing(node.part);
    case 'repeat':
      return node.max === 0 || fitsOnlyNothing(node.part);
    case 'sequence':
    case 'choice':
      return node.parts.every(fitsOnlyNothing);
  }
}
