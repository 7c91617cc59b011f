import type { PatternNode } from './pattern-syntax.js';

/**
 * How much a match may take at worst.
 *
 * Shape: `ways` bounds the ways in which the pattern can be tried on one line before it is given up;
 * `sizeNodes` is the pattern with its counted repeats written out.
 */
export interface PatternCost {
  readonly ways: number;
  readonly sizeNodes: number;
}

/** How a part may begin, and whether it may be empty. */
interface Start {
  readonly first: bigint;
  readonly isNullable: boolean;
}

/** What it takes to try a part from one place. */
interface Measured extends Start {
  readonly ways: number;
}

const nothing: Measured = { first: 0n, isNullable: true, ways: 1 };

/**
 * Bounds the work of a backtracking match against a whole line.
 *
 * Shape: choices that the next character decides count as one way; where it decides nothing, every
 * place to stop is a way, and ways multiply: `.*.*.*x` has the cube of the line's length, `(a|a)*` has
 * no bound. It errs on the side of too many, and takes no longer than the square of the pattern.
 * Units: `lineBytes` bytes.
 */
export function costOf(pattern: PatternNode, lineBytes: number): PatternCost {
  return { ways: measure(pattern, 0n, lineBytes).ways, sizeNodes: sizeOf(pattern) };
}

/**
 * Gives a pattern up to where it can no longer fail.
 *
 * Shape: a `.*` at the end takes whatever is there, and so does what may be empty before it, one
 * character at a time: no choice that was made earlier is ever tried again for them.
 */
export function withoutTail(pattern: PatternNode): PatternNode {
  if (pattern.kind !== 'sequence') return pattern;
  const last = pattern.parts.at(-1);
  const isTail = last && isRun(last) && last.max === Infinity && last.part.chars === everyChar;
  return isTail === true ? withoutRuns({ ...pattern, parts: pattern.parts.slice(0, -1) }) : pattern;
}

function withoutRuns(node: PatternNode): PatternNode {
  switch (node.kind) {
    case 'chars':
    case 'repeat':
      return node;
    case 'group':
      return { ...node, part: withoutRuns(node.part) };
    case 'choice':
      return { ...node, parts: node.parts.map(withoutRuns) };
    case 'sequence': {
      const last = node.parts.findLastIndex((part) => !isRun(part));
      const parts = node.parts.slice(0, last + 1);
      return { ...node, parts: parts.map((part, at) => (at === last ? withoutRuns(part) : part)) };
    }
  }
}

/** Whether a part takes some characters or none, so that it never fails. */
function isRun(node: PatternNode): node is Extract<PatternNode, { kind: 'repeat' }> & {
  readonly part: Extract<PatternNode, { kind: 'chars' }>;
} {
  return node.kind === 'repeat' && node.min === 0 && node.part.kind === 'chars';
}

const everyChar = (1n << 256n) - 1n;

function measure(node: PatternNode, follow: bigint, lineBytes: number): Measured {
  switch (node.kind) {
    case 'chars':
      return { first: node.chars, isNullable: false, ways: 1 };
    case 'group':
      return measure(node.part, follow, lineBytes);
    case 'sequence':
      return measureSequence(node.parts, follow, lineBytes);
    case 'choice':
      return measureChoice(node.parts, follow, lineBytes);
    case 'repeat':
      return measureRepeat(node, follow, lineBytes);
  }
}

function measureSequence(
  parts: readonly PatternNode[],
  follow: bigint,
  lineBytes: number,
): Measured {
  return parts.reduceRight((rest, part) => {
    const after = rest.first | (rest.isNullable ? follow : 0n);
    const own = measure(part, after, lineBytes);
    return {
      first: own.first | (own.isNullable ? rest.first : 0n),
      isNullable: own.isNullable && rest.isNullable,
      ways: own.ways * rest.ways,
    };
  }, nothing);
}

function measureChoice(parts: readonly PatternNode[], follow: bigint, lineBytes: number): Measured {
  const all = parts.map((part) => measure(part, follow, lineBytes));
  const starts = all.map(({ first, isNullable }) => first | (isNullable ? follow : 0n));
  const isDecided =
    all.filter(({ isNullable }) => isNullable).length < 2 &&
    starts.every((start, at) => starts.slice(0, at).every((other) => (start & other) === 0n));
  const ways = all.map((one) => one.ways);
  return {
    first: all.reduce((sum, { first }) => sum | first, 0n),
    isNullable: all.some(({ isNullable }) => isNullable),
    ways: isDecided ? Math.max(...ways) : ways.reduce((sum, one) => sum + one, 0),
  };
}

function measureRepeat(
  { part, min, max }: Extract<PatternNode, { kind: 'repeat' }>,
  follow: bigint,
  lineBytes: number,
): Measured {
  const { first } = startOf(part);
  const again = max > 1 ? first : 0n;
  const body = measure(part, follow | again, lineBytes);
  const rounds = Math.min(max, lineBytes + 1); // the last of them finds nothing left
  const isDecided = (first & follow) === 0n && !body.isNullable;
  const stops = isDecided || min === max ? 1 : rounds - Math.min(min, rounds) + 1;
  // A round that may be empty can be taken or left at every place.
  const perRound = body.ways * (body.isNullable && max > 1 ? 2 : 1);
  return {
    first,
    isNullable: min === 0 || body.isNullable,
    ways: stops * (perRound === 1 ? 1 : perRound ** rounds),
  };
}

/** Apart from `measure`, which would otherwise go twice through every repeat in a repeat. */
function startOf(node: PatternNode): Start {
  switch (node.kind) {
    case 'chars':
      return { first: node.chars, isNullable: false };
    case 'group':
      return startOf(node.part);
    case 'repeat': {
      const { first, isNullable } = startOf(node.part);
      return { first, isNullable: isNullable || node.min === 0 };
    }
    case 'choice': {
      const all = node.parts.map(startOf);
      const first = all.reduce((sum, one) => sum | one.first, 0n);
      return { first, isNullable: all.some(({ isNullable }) => isNullable) };
    }
    case 'sequence': {
      const all = node.parts.map(startOf);
      const solid = all.findIndex(({ isNullable }) => !isNullable);
      const begin = solid < 0 ? all : all.slice(0, solid + 1);
      return { first: begin.reduce((sum, one) => sum | one.first, 0n), isNullable: solid < 0 };
    }
  }
}

function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case 'chars':
      return 1;
    case 'group':
      return 1 + sizeOf(node.part);
    case 'sequence':
    case 'choice':
      return 1 + node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    case 'repeat':
      return 1 + sizeOf(node.part) * Math.max(1, node.max === Infinity ? node.min : node.max);
  }
}
