import { createHmac } from 'node:crypto';

/**
 * What a received line turned out to be.
 *
 * Shape: `answer` fits the running step, `echo` repeats what was sent, `unknown` fits nothing.
 */
export type LineClass = 'final' | 'banner' | 'urc' | 'answer' | 'echo' | 'unknown';

/**
 * What the masking of one conversation knows beside the line itself.
 *
 * Shape: `answerHead` begins the answers to the running command: `+CGSN:` for `AT+CGSN=1`.
 */
export interface MaskingRules {
  readonly key: Uint8Array;
  readonly answerHead?: string | undefined;
  readonly urcHeads: readonly string[];
  readonly secretHeads: readonly string[];
}

/** What follows one of these topics is masked in every step. */
export const secretTopics = ['/ext/register', '/ext/regnwl'];
const shownLength = 200;

/**
 * Gives length and fingerprint in place of a text, so that two lines can be told alike or different.
 *
 * Shape: `<32:1a2b3c4d>`, four bytes of HMAC-SHA256 under the key of the conversation; `<0>` for nothing.
 */
export function maskText(text: string, key: Uint8Array): string {
  if (text === '') {
    return '<0>';
  }
  const mark = createHmac('sha256', key).update(text, 'latin1').digest('hex').slice(0, 8);
  return `<${text.length}:${mark}>`;
}

/**
 * Gives a received line as a transcript may show it, masked by position and never by value.
 *
 * Shape: `isMasked` is the state of the step. Then final results and banners stay, known URCs and
 * answers keep their head and their small numbers, everything else becomes length and fingerprint.
 * What follows `/ext/register` or `/ext/regnwl`, or a secret head where not all are small numbers, is
 * masked in every step.
 */
export function showReceived(
  line: string,
  lineClass: LineClass,
  isMasked: boolean,
  rules: MaskingRules,
): string {
  for (const topic of secretTopics) {
    const at = line.indexOf(topic);
    if (at >= 0) {
      const before = showFields(line.slice(0, at), rules);
      return `${before}${topic}${maskText(line.slice(at + topic.length), rules.key)}`;
    }
  }
  if (lineClass === 'echo') {
    return '(echo)';
  }
  const secretHead = longestOf(rules.secretHeads.filter((head) => line.includes(head)));
  if (secretHead !== '' && lineClass !== 'final' && lineClass !== 'banner') {
    return showSecret(line, secretHead, rules);
  }
  return isMasked || secretHead !== '' ? showMasked(line, lineClass, rules) : showPlain(line);
}

/** Gives a line with bytes beyond printable ASCII as `\xNN`, cut to a length that a person reads. */
export function showPlain(line: string): string {
  const printable = line
    .slice(0, shownLength)
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return line.length > shownLength ? `${printable}… (${line.length})` : printable;
}

function showMasked(line: string, lineClass: LineClass, rules: MaskingRules): string {
  switch (lineClass) {
    case 'final':
      // The text form of an extended error is free text and may repeat an argument.
      return line.replace(
        /^(\+CM[ES] ERROR:)(?! ?\d{1,5}$)(.*)$/s,
        (_, head: string, text: string) => head + maskText(text, rules.key),
      );
    case 'banner':
      return showPlain(line);
    case 'urc':
      return showFields(line, rules);
    case 'answer':
    case 'echo':
    case 'unknown':
      return rules.answerHead !== undefined && line.startsWith(rules.answerHead)
        ? showFields(line, rules)
        : maskText(line, rules.key);
  }
}

/** A line in which a secret may stand anywhere after the head: only small numbers alone are none. */
function showSecret(line: string, head: string, { key }: MaskingRules): string {
  const rest = line.slice(head.length);
  if (!line.startsWith(head)) return maskText(line, key);
  return rest.split(',').every(isSmallNumber) ? line : head + maskText(rest, key);
}

/** Splits at what no secret holds. */
function showFields(line: string, { key, urcHeads, answerHead }: MaskingRules): string {
  const known = longestOf([...urcHeads, answerHead ?? ''].filter((head) => line.startsWith(head)));
  // Some dialects name the beginning of a head only.
  const [, more = ''] = /^([A-Z]{1,12}:)/.exec(line.slice(known.length)) ?? [];
  const head = /^\W.*\w$/.test(known) ? known + more : known;
  const fields = line
    .slice(head.length)
    .replace(/"[^"]*"|[^\s,]+/g, (field) =>
      field === '"' || isSmallNumber(field) ? field : maskText(field, key),
    );
  return head + fields;
}

/** A secret is longer; the parts of one may be small numbers, so it must not be split. */
function isSmallNumber(field: string): boolean {
  return /^ ?-?\d{1,5}$/.test(field);
}

function longestOf(heads: readonly string[]): string {
  return heads.reduce((longest, head) => (head.length > longest.length ? head : longest), '');
}
