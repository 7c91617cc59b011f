import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';

/**
 * What may stand in one place of a command.
 *
 * Shape: `quoted` is put between double quotes; `bare` goes without, so it can hold none of `,` `;`
 * blank, and is not empty; `raw` is data behind a prompt; `integer` is a number within `min` and `max`.
 * `escape`: `none` refuses quote, backslash and `;` (some firmware parts commands at it before it
 * looks at quotes), `backslash` writes `\"` `\\` `\,`, `hex` writes `\22` `\5C` `\3B` (ITU-T V.250,
 * 5.4.2.2). `characters` narrows further, as the text of a RegExp.
 * Units: bytes, counted before escaping.
 */
export type ArgumentRule =
  | {
      readonly kind: 'quoted';
      readonly maxBytes: number;
      readonly escape?: 'none' | 'backslash' | 'hex';
      readonly characters?: string;
    }
  | {
      readonly kind: 'bare' | 'raw';
      readonly maxBytes: number;
      readonly characters?: string;
    }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number };

/**
 * A command with `{name}` where an argument goes, and `{name.length}` where its length in bytes goes
 * (for counted data); every `{name}` has a rule.
 */
export interface CommandTemplate {
  readonly text: string;
  readonly rules: Readonly<Record<string, ArgumentRule>>;
}

/** What goes out after a prompt; `end` where a length does not tell its end. */
export interface DataTemplate extends CommandTemplate {
  readonly end?: 'ctrl-z';
}

/** The values for a template, by name. */
export type CommandArguments = Readonly<Record<string, string | number | Secret>>;

/**
 * A command ready to send.
 *
 * Shape: `line` without the closing CR, may hold secrets; `shown` is the same as the transcript
 * may show it: our own text and the broker's host stay, every other argument went through `mask`.
 * `answerHead` begins its answers, `+CGSN:` for `AT+CGSN=1`; undefined where it has no name.
 */
export interface RenderedCommand {
  readonly line: Secret;
  readonly answerHead: string | undefined;
  readonly shown: (mask: (argument: string) => string) => string;
}

/**
 * Renders a command, the only way by which a value gets into one.
 *
 * Errors: `command.argument_refused` for what the dialect cannot carry: control characters (CR, LF,
 * Ctrl-Z, ESC), bytes from 0x80, quote, backslash and `;` without an escape, too many bytes, a
 * missing value. The value itself is never in the error.
 */
export function renderCommand(
  template: CommandTemplate,
  values: CommandArguments = {},
): RenderedCommand {
  const pieces = renderPieces(template, values, false);
  return {
    line: new Secret(pieces.map(({ text }) => text).join('')),
    answerHead: answerHeadOf(template),
    shown: (mask) => pieces.map((piece) => showPiece(piece, mask)).join(''),
  };
}

/**
 * Renders what goes out after a prompt, where nothing is parsed: it ends by the length that was told
 * before, or by Ctrl-Z.
 *
 * Errors: as `renderCommand`; quotes, commas and backslashes are carried as they are.
 */
export function renderData(template: DataTemplate, values: CommandArguments): Secret {
  const pieces = renderPieces(template, values, true);
  const end = template.end === 'ctrl-z' ? '\x1a' : '';
  return new Secret(pieces.map(({ text }) => text).join('') + end);
}

function answerHeadOf({ text }: CommandTemplate): string | undefined {
  const [, name] = /^AT([+#%^*$][A-Z][A-Z\d]*)(?![\w{])/.exec(text) ?? [];
  return name === undefined ? undefined : `${name}:`;
}

interface Piece {
  readonly text: string;
  readonly kind: 'own' | 'quoted' | 'bare';
}

function renderPieces(
  template: CommandTemplate,
  values: CommandArguments,
  isData: boolean,
): readonly Piece[] {
  return template.text.split(/\{(\w+(?:\.length)?)\}/).map((text, at) => {
    if (at % 2 === 0) {
      return { text, kind: 'own' };
    }
    const [name = '', measure] = text.split('.');
    const value = values[name];
    if (value === undefined) {
      throw refusal(name, 'has no value');
    }
    if (measure !== undefined) {
      return { text: String(textOf(value).length), kind: 'own' };
    }
    const piece = renderArgument(name, template.rules[name], value, isData);
    return name === 'host' ? { ...piece, kind: 'own' } : piece;
  });
}

function showPiece({ text, kind }: Piece, mask: (argument: string) => string): string {
  switch (kind) {
    case 'own':
      return text;
    case 'quoted':
      return `"${mask(text.slice(1, -1))}"`;
    case 'bare':
      return mask(text);
  }
}

function renderArgument(
  name: string,
  rule: ArgumentRule | undefined,
  value: string | number | Secret,
  isData: boolean,
): Piece {
  if (rule === undefined || (rule.kind === 'raw' && !isData)) {
    throw refusal(name, 'has no rule for this place');
  }
  if (rule.kind === 'integer') {
    return { text: renderInteger(name, rule, value), kind: 'own' };
  }
  const text = textOf(value);
  if (/[^\x20-\x7e]/.test(text)) {
    throw refusal(name, 'holds a control character or a byte beyond ASCII');
  }
  if (text.length > rule.maxBytes) {
    throw refusal(name, `is longer than ${rule.maxBytes} bytes`);
  }
  if (rule.characters !== undefined && !new RegExp(`^(?:${rule.characters})*$`).test(text)) {
    throw refusal(name, 'holds a character that this command does not take');
  }
  if (rule.kind === 'quoted') {
    return { text: `"${escapeText(name, text, rule.escape ?? 'none')}"`, kind: 'quoted' };
  }
  if (rule.kind === 'bare' && !/^[^\s,;"\\]+$/.test(text)) {
    throw refusal(name, 'is empty or holds a character that cannot go without quotes');
  }
  return { text, kind: 'bare' };
}

function renderInteger(
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
  value: string | number | Secret,
): string {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw refusal(name, 'is not a whole number');
  }
  if (value < min || value > max) {
    throw refusal(name, `is not within ${min} and ${max}`);
  }
  return String(value);
}

function textOf(value: string | number | Secret): string {
  return value instanceof Secret ? value.expose() : String(value);
}

const hexEscapes: Readonly<Record<string, string>> = { '"': '\\22', '\\': '\\5C', ';': '\\3B' };

function escapeText(name: string, text: string, escape: 'none' | 'backslash' | 'hex'): string {
  switch (escape) {
    case 'backslash':
      return text.replace(/[\\",]/g, (char) => `\\${char}`);
    case 'hex':
      return text.replace(/[\\";]/g, (char) => hexEscapes[char] ?? char);
    case 'none':
      if (/[\\";]/.test(text)) {
        throw refusal(name, 'holds a quote, a backslash or a ; which the dialect cannot escape');
      }
      return text;
  }
}

function refusal(name: string, why: string): DomainError {
  return new DomainError('command.argument_refused', `The argument ${name} ${why}.`, {
    argument: name,
  });
}
