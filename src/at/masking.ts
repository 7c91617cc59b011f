import { createHmac } from 'node:crypto';

/**
 * What a received line turned out to be.
 *
 * Shape: `answer` fits the running step, `echo` repeats what was sent, `unknown` fits nothing.
 */
export type LineClass = 'final' | 'banner' | 'urc' | 'answer' | 'echo' | 'unknown';

/** What the masking of one conversation knows beside the line itself. */
export interface MaskingRules {
  readonly key: Uint8Array;
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
 * Shape: `isMasked` is the state of the step. Then final results and banners stay, known URCs keep
 * their head and their small numbers, everything else becomes length and fingerprint. What follows
 * `/ext/register` or `/ext/regnwl`, or stands in a line with a secret head, is masked in every step.
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
  if (isMasked || rules.secretHeads.some((head) => line.includes(head))) {
    return showMasked(line, lineClass, rules);
  }
  return showPlain(line);
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
      return maskText(line, rules.key);
  }
}

function showFields(line: string, rules: MaskingRules): string {
  const heads = rules.urcHeads.filter((known) => line.startsWith(known));
  const head = heads.reduce(
    (longest, known) => (known.length > longest.length ? known : longest),
    '',
  );
  const rest = line.slice(head.length);
  const fields = rest.replace(/"[^"]*"|[^\s,:]+/g, (field) =>
    field === '"' || /^-?\d{1,5}$/.test(field) ? field : maskText(field, rules.key),
  );
  return head + fields;
}
