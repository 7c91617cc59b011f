/** One parameter of a command. Shape: `text` was quoted; `bare` was not; `absent` is an empty place. */
export type Argument =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: Buffer }
  | { readonly kind: 'bare'; readonly text: string }
  | { readonly kind: 'absent' };

/** The four forms of an extended command. Source: ITU-T V.250, 5.4. */
export type CommandForm = 'run' | 'read' | 'test' | 'set';

/** A command as typed. Shape: `name` is upper case, `+LMQTTCFG`, `E`, or empty for plain `AT`. */
export interface CommandLine {
  readonly name: string;
  readonly form: CommandForm;
  readonly args: readonly Argument[];
}

const basicPattern = /^([A-Z]|&[A-Z])(\d*)$/i;
const extendedPattern = /^([+%#][A-Z][A-Z0-9]*)(\?|=\?|=(.*))?$/is;

/**
 * Parses a command line; undefined when it is no command at all.
 *
 * Shape: latin1 text without its line end, so that one character is one byte; with `hasEscapes` a
 * backslash in quotes makes the next character an ordinary one.
 * Source: ITU-T V.250, 5.2.1, 5.3, 5.4.
 */
export function parseCommandLine(line: string, hasEscapes = false): CommandLine | undefined {
  const text = line.trim();
  if (!/^at/i.test(text)) return undefined;
  const body = text.slice(2).trim();
  if (body === '') return { name: '', form: 'run', args: [] };
  const basic = basicPattern.exec(body);
  if (basic) return { name: upper(basic[1]), form: 'run', args: [bare(basic[2] ?? '')] };
  const extended = extendedPattern.exec(body);
  if (!extended) return undefined;
  const [, name, suffix, rest = ''] = extended;
  return parseExtended(upper(name), suffix, () => splitArguments(rest, hasEscapes));
}

function parseExtended(
  name: string,
  suffix: string | undefined,
  split: () => Argument[] | undefined,
): CommandLine | undefined {
  if (suffix === undefined) return { name, form: 'run', args: [] };
  if (suffix === '?') return { name, form: 'read', args: [] };
  if (suffix === '=?') return { name, form: 'test', args: [] };
  const args = split();
  return args && { name, form: 'set', args };
}

/** A text ends at the next quote that is not escaped, and only a comma may follow it. */
function splitArguments(text: string, hasEscapes: boolean): Argument[] | undefined {
  const args: Argument[] = [];
  const field = hasEscapes
    ? /\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*?))\s*(,|$)/y
    : /\s*(?:"([^"]*)"|([^",]*?))\s*(,|$)/y;
  for (;;) {
    const match = field.exec(text);
    if (!match) return undefined;
    const [, quoted, unquoted, end] = match;
    args.push(quoted === undefined ? bare(unquoted ?? '') : textArgument(quoted, hasEscapes));
    if (end === '') return args;
  }
}

function textArgument(latin1: string, hasEscapes: boolean): Argument {
  const bytes = Buffer.from(hasEscapes ? latin1.replace(/\\(.)/g, '$1') : latin1, 'latin1');
  return { kind: 'text', text: bytes.toString('utf8'), bytes };
}

function bare(text: string): Argument {
  return text === '' ? { kind: 'absent' } : { kind: 'bare', text };
}

function upper(text: string | undefined): string {
  return (text ?? '').toUpperCase();
}

/** Reads an unquoted whole number in a range; undefined when it is anything else. */
export function integerIn(
  argument: Argument | undefined,
  lowest: number,
  highest: number,
): number | undefined {
  if (argument?.kind !== 'bare' || !/^\d{1,9}$/.test(argument.text)) return undefined;
  const value = Number(argument.text);
  return value >= lowest && value <= highest ? value : undefined;
}

/** Reads a quoted text of at most so many bytes; undefined when it is anything else. */
export function textUpTo(argument: Argument | undefined, maxBytes: number): string | undefined {
  return argument?.kind === 'text' && argument.bytes.length <= maxBytes ? argument.text : undefined;
}
