/**
 * How a command ended, as the module put it.
 *
 * Shape: `code` is what follows `+CME ERROR:` or `+CMS ERROR:`: the number, also where the module
 * puts a known text in its place (`AT+CMEE=2`) or the number behind it (`(#33)`), else the text.
 * Source: 3GPP TS 27.007, 9.1 and TS 27.005, 3.2.5; ITU-T V.250, 5.7.1.
 */
export type FinalResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly family: 'plain' | 'cme' | 'cms'; readonly code?: string };

/** Words that some modules put in place of OK and ERROR; whole lines. */
export interface ExtraFinals {
  readonly success: readonly string[];
  readonly failure: readonly string[];
}

const extended = /^\+(CM[ES]) ERROR: *([^\r\n]*)$/;

/** The texts of `AT+CMEE=2` that a jig meets. Source: 3GPP TS 27.007, 9.2.1. */
const cmeTexts: ReadonlyMap<string, string> = new Map([
  ['operation not allowed', '3'],
  ['operation not supported', '4'],
  ['sim not inserted', '10'],
  ['sim pin required', '11'],
  ['sim failure', '13'],
  ['sim busy', '14'],
  ['no network service', '30'],
  ['incorrect parameters', '50'],
  ['unknown', '100'],
]);

/** Reads a whole line as a final result, or answers undefined: a part of a line never ends a command. */
export function finalResultOf(line: string, extra?: ExtraFinals): FinalResult | undefined {
  if (line === 'OK' || extra?.success.includes(line) === true) {
    return { kind: 'ok' };
  }
  if (line === 'ERROR' || extra?.failure.includes(line) === true) {
    return { kind: 'error', family: 'plain' };
  }
  const match = extended.exec(line);
  if (match === null) {
    return undefined;
  }
  const [, family, text = ''] = match;
  return family === 'CME'
    ? { kind: 'error', family: 'cme', code: cmeTexts.get(text.toLowerCase()) ?? numberIn(text) }
    : { kind: 'error', family: 'cms', code: numberIn(text) };
}

function numberIn(text: string): string {
  return /\(#(\d{1,5})\)/.exec(text)?.[1] ?? text;
}
