/**
 * How a command ended, as the module put it.
 *
 * Shape: `code` is what follows `+CME ERROR:` or `+CMS ERROR:`, a number or a text.
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

const extended = /^\+(CM[ES]) ERROR: ?([^\r\n]*)$/;

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
  return { kind: 'error', family: match[1] === 'CME' ? 'cme' : 'cms', code: match[2] ?? '' };
}
