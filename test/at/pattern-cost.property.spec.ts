import fc from 'fast-check';
import { expect, it } from 'vitest';
import { costOf, withoutTail } from '../../src/at/pattern-cost.js';
import { parsePattern } from '../../src/at/pattern-syntax.js';
import type { PatternNode } from '../../src/at/pattern-syntax.js';

class TooMany extends Error {}

/** Counts the steps in which a backtracking engine finds that a pattern does not fit a whole line. */
function stepsOf(pattern: PatternNode, line: string, most: number): number {
  let steps = 0;
  const fits = (char: string, chars: bigint): boolean =>
    char !== '' && (chars & (1n << BigInt(char.charCodeAt(0)))) !== 0n;
  const go = (node: PatternNode, at: number, next: (at: number) => boolean): boolean => {
    steps += 1;
    if (steps > most) throw new TooMany();
    switch (node.kind) {
      case 'chars':
        return fits(line.charAt(at), node.chars) && next(at + 1);
      case 'group':
        return go(node.part, at, next);
      case 'choice':
        return node.parts.some((part) => go(part, at, next));
      case 'sequence': {
        const from = (index: number, here: number): boolean => {
          const part = node.parts[index];
          return part ? go(part, here, (after) => from(index + 1, after)) : next(here);
        };
        return from(0, at);
      }
      case 'repeat': {
        const round = (done: number, here: number): boolean =>
          (done < node.max &&
            go(node.part, here, (after) =>
              after === here && done >= node.min ? false : round(done + 1, after),
            )) ||
          (done >= node.min && next(here));
        return round(0, at);
      }
    }
  };
  go(pattern, 0, (at) => at === line.length);
  return steps;
}

const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom('a', 'b', '[ab]', '.', '[^a]'),
    fc
      .tuple(tie('pattern'), fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}', '{0,2}'))
      .map(([inner, times]) => `(?:${inner})${times}`),
    fc
      .tuple(fc.constantFrom('a', 'b', '.'), fc.constantFrom('?', '*', '+', '{0,3}'))
      .map(([char, times]) => `${char}${times}`),
  ),
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(tie('part'), tie('part')).map((parts) => parts.join('|')),
  ),
}));
const line = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });

it.each([[''], ['.*']])('no line takes more steps than the bound says, with %j behind', (tail) => {
  fc.assert(
    fc.property(pattern, line, (text, tried) => {
      const tree = parsePattern(`${text.includes('|') ? `(?:${text})` : text}${tail}`);
      const { ways } = costOf(withoutTail(tree), Math.max(1, tried.length));
      const most = 4 * ways * (tried.length + 1) * costOf(tree, 1).sizeNodes;
      fc.pre(most < 1e6);
      expect(stepsOf(tree, tried, most)).toBeLessThanOrEqual(most);
    }),
    { numRuns: 500 },
  );
});
