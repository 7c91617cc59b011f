import { costOf, withoutTail } from './pattern-cost.js';
import { parsePattern, PatternRefusal } from './pattern-syntax.js';
import type { PatternNode } from './pattern-syntax.js';

/** Steps that one match may take by a bound that is far too high; V8 does hundreds of millions a second. */
const maxSteps = 2 ** 27;
const maxNodes = 2_000;

/** What a pattern is for: `counted` ones are tried again and again on a line that is still coming. */
export type PatternUse = 'line' | 'counted';

/**
 * Reads a pattern and holds it to a bounded time.
 *
 * Shape: the tree, or what is wrong, to be read after the name of the field.
 * Units: `lineBytes` bytes, the longest line that it will meet.
 */
export function checkPattern(
  pattern: string,
  lineBytes: number,
  use: PatternUse = 'line',
): PatternNode | string {
  let tree: PatternNode;
  try {
    tree = parsePattern(pattern);
  } catch (error) {
    if (error instanceof PatternRefusal) return error.message;
    throw error;
  }
  // A counted head is matched without the flag by which `.*` takes line breaks too.
  const tried = use === 'line' ? withoutTail(tree) : tree;
  const { ways, sizeNodes } = costOf(tried, lineBytes);
  if (sizeNodes > maxNodes) return `is too large: its counted repeats come to ${sizeNodes} parts`;
  const steps = ways * lineBytes * (use === 'line' ? 1 : lineBytes);
  return steps > maxSteps
    ? `could take a very long time on a line of ${lineBytes} bytes: let one character decide between going on and stopping, [^,]* before a comma for one`
    : tree;
}
