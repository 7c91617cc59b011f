import { captureLine } from '../at/capture.js';
import { checkPattern } from '../at/check-pattern.js';
import type { Dialect } from '../at/dialect.js';
import { finalResultOf } from '../at/final-result.js';
import { secretTopics } from '../at/masking.js';
import { fitsOnlyNothing, groupsOf, textsOf } from '../at/pattern-facts.js';
import type { PatternNode } from '../at/pattern-syntax.js';
import { captureSpots } from './dialect-parts.js';
import type { CaptureSpot, DialectProblem } from './dialect-parts.js';

/** Groups that hold a secret wherever they stand. */
const secretGroups = ['deviceSecret', 'password', 'payload'];

/** Gives what is wrong with the patterns that take values out of lines. */
export function captureProblems(dialect: Dialect): readonly DialectProblem[] {
  return captureSpots(dialect).flatMap((spot) => {
    const path = [...spot.path, 'pattern'];
    const tree = checkPattern(spot.value.pattern, dialect.maxLineBytes);
    if (typeof tree === 'string') return [{ path, message: tree, isUnread: true }];
    const messages = [
      ...groupMessages(spot, tree),
      ...neverMessages(dialect, spot, tree),
      ...leakMessages(dialect, spot, tree),
    ];
    return messages.map((message) => ({ path, message }));
  });
}

function groupMessages({ groups, needs }: CaptureSpot, tree: PatternNode): readonly string[] {
  const named = groupsOf(tree);
  const strange = named.filter((name) => !groups.includes(name));
  const may = groups.length === 0 ? 'none is known here' : `known are ${groups.join(', ')}`;
  const isMissing = needs.length > 0 && !needs.some((name) => named.includes(name));
  return [
    ...strange.map((name) => `the group ${name} means nothing here: ${may}`),
    ...(isMissing ? [`needs the group ${needs.join(' or ')}`] : []),
  ];
}

/** Lines that the engine takes for something else are never seen by a pattern. */
function neverMessages(
  dialect: Dialect,
  { isRead, isAwaited }: CaptureSpot,
  tree: PatternNode,
): readonly string[] {
  if (fitsOnlyNothing(tree)) return ['fits the empty line only, which never comes'];
  const { start, isWhole } = textsOf(tree);
  if (isWhole && finalResultOf(start, dialect.extraFinals) !== undefined) {
    return [`${start} is a final result and never comes here`];
  }
  const isBanner = dialect.banners.some((pattern) => isSafeMatch(start, pattern, dialect));
  if (isWhole && isBanner) return [`${start} is a banner and never comes here`];
  const urcHead = dialect.urcHeads.find((head) => start.startsWith(head));
  return isRead && !isAwaited && urcHead !== undefined
    ? [`lines that begin with ${urcHead} are taken for unsolicited ones (urcHeads)`]
    : [];
}

/** A pattern that was refused is not run. */
function isSafeMatch(line: string, pattern: string, { maxLineBytes }: Dialect): boolean {
  const isSafe = typeof checkPattern(pattern, maxLineBytes) !== 'string';
  return isSafe && captureLine(line, { pattern }) !== undefined;
}

/** A line with a secret may come late, in a step that shows its lines: its head has to be known. */
function leakMessages(
  { secretHeads }: Dialect,
  { value: { secrets = [] } }: CaptureSpot,
  tree: PatternNode,
): readonly string[] {
  const groups = groupsOf(tree);
  const open = groups.filter((name) => secretGroups.includes(name) && !secrets.includes(name));
  const isSecret = groups.some((name) => secretGroups.includes(name) || secrets.includes(name));
  const { texts } = textsOf(tree);
  const isMasked = texts.some((text) =>
    [...secretHeads, ...secretTopics].some((head) => text.includes(head)),
  );
  return [
    ...open.map((name) => `the group ${name} has to be listed in secrets`),
    ...(isSecret && !isMasked
      ? ['every line that fits has to hold one of secretHeads, or a transcript could show a secret']
      : []),
  ];
}
