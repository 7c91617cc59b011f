import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';

/**
 * What may stand in one place of a command.
 *
 * Shape: `quoted` is put between double quotes, `integer` is a number within `min` and `max`.
 * `escape`: `none` refuses quote and backslash, `backslash` writes `\"` `\\` `\,`, `hex` writes
 * `\22` `\5C` (ITU-T V.250, 5.4.2.2). `characters` narrows further, as the text of a RegExp.
 * Units: bytes, counted before escaping.
 */
export type ArgumentRule =
  | {
      readonly kind: 'quoted';
      readonly maxBytes: number;
      readonly escape?: 'none' | 'backslash' | 'hex';
      readonly characters?: string;
    }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number };

/** A command with `{name}` where an argument goes; every name has a rule. */
export interface CommandTemplate {
  readonly text: string;
  readonly rules: Readonly<Record<string, ArgumentRule>>;
}

/** The values for a template, by name. */
export type CommandArguments = Readonly<Record<string, string | number | Secret>>;

/**
 * A command ready to send.
 *
 * Shape: `line` without the closing CR, may hold secrets; `shown` is the same as the transcript
 * may show it: our own text stays, every argument went through `mask`.
 */
export interface RenderedCommand {
  readonly line: Secret;
  readonly shown: (mask: (argument: string) => string) => string;
}

/**
 * Renders a command, the only way by which a value gets into one.
 *
 * Errors: `command.argument_refused` for what the dialect cannot carry: control characters (CR, LF,
 * Ctrl-Z, ESC), bytes from 0x80, quote and backslash without an escape, too many bytes, a missing
 * value. The value itself is never in the error.
 */
export function renderCommand(
  template: CommandTemplate,
  values: CommandArguments = {},
): RenderedCommand {
  const pieces = template.text.split(/\{(\w+)\}/);
  const rendered = pieces.map((piece, at) =>
    at % 2 === 0 ? piece : renderArgument(piece, template.rules[piece], values[piece]),
  );
  return {
    line: new Secret(rendered.join('')),
    shown: (mask) =>
      rendered.map((piece, at) => (at % 2 === 0 ? piece : maskArgument(piece, mask))).join(''),
  };
}

function maskArgument(rendered: string, mask: (argument: string) => string): string {
  return rendered.startsWith('"') ? `"${mask(rendered.slice(1, -1))}"` : rendered;
}

function renderArgument(
  name: string,
  rule: ArgumentRule | undefined,
  value: string | number | Secret | undefined,
): string {
  if (rule === undefined || value === undefined) {
    throw refusal(name, 'has no rule or no value');
  }
  if (rule.kind === 'integer') {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw refusal(name, 'is not a whole number');
    }
    if (value < rule.min || value > rule.max) {
      throw refusal(name, `is not within ${rule.min} and ${rule.max}`);
    }
    return String(value);
  }
  const text = value instanceof Secret ? value.expose() : String(value);
  if (/[^\x20-\x7e]/.test(text)) {
    throw refusal(name, 'holds a control character or a byte beyond ASCII');
  }
  if (text.length > rule.maxBytes) {
    throw refusal(name, `is longer than ${rule.maxBytes} bytes`);
  }
  if (rule.characters !== undefined && !new RegExp(`^(?:${rule.characters})*$`).test(text)) {
    throw refusal(name, 'holds a character that this command does not take');
  }
  return `"${escapeText(name, text, rule.escape ?? 'none')}"`;
}

function escapeText(name: string, text: string, escape: 'none' | 'backslash' | 'hex'): string {
  switch (escape) {
    case 'backslash':
      return text.replace(/[\\",]/g, (char) => `\\${char}`);
    case 'hex':
      return text.replace(/[\\"]/g, (char) => (char === '"' ? '\\22' : '\\5C'));
    case 'none':
      if (/[\\"]/.test(text)) {
        throw refusal(name, 'holds a quote or a backslash, which the dialect cannot escape');
      }
      return text;
  }
}

function refusal(name: string, why: string): DomainError {
  return new DomainError('command.argument_refused', `The argument ${name} ${why}.`, {
    argument: name,
  });
}
