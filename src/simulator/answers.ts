import type { Line } from './line.js';

/**
 * What a command is answered with.
 *
 * Shape: `then` runs after the final result has been written, so that results that come later
 * never overtake it. `mute` writes `lines` and no final result.
 */
export type Answer =
  | { readonly kind: 'ok'; readonly lines: readonly Line[]; readonly then: () => void }
  | { readonly kind: 'mute'; readonly lines: readonly Line[]; readonly then: () => void }
  | { readonly kind: 'refused'; readonly cme: number }
  | { readonly kind: 'error' }
  | {
      readonly kind: 'prompt';
      /** Lines before the prompt. */
      readonly lines?: readonly Line[];
      /** Counted, or undefined: Ctrl-Z ends it and ESC calls it off. */
      readonly sizeBytes: number | undefined;
      readonly take: (data: Buffer) => Answer;
    };

const nothing = (): void => undefined;

/** OK after these lines. */
export function ok(...lines: Line[]): Answer {
  return { kind: 'ok', lines, then: nothing };
}

/** OK, and only then an action. */
export function okThen(then: () => void): Answer {
  return { kind: 'ok', lines: [], then };
}

/** These lines, no final result, then an action. */
export function muteThen(then: () => void, ...lines: Line[]): Answer {
  return { kind: 'mute', lines, then };
}

/** Plain ERROR: the line is no command that the unit knows. */
export const syntaxError: Answer = { kind: 'error' };

/**
 * Operation not allowed: what every refused LMQTT command gets, wrong values included.
 *
 * Source: Eigencomm firmware, the parent of LMQTT; 3GPP TS 27.007, 9.2.1.
 */
export const notAllowed: Answer = { kind: 'refused', cme: 3 };

/** Busy: the command is lost. Source: 3GPP TS 27.007, 9.2.1, number 14. */
export const busy: Answer = { kind: 'refused', cme: 14 };

/** Incorrect parameters, as commands outside LMQTT say it. Source: 3GPP TS 27.007, 9.2.1. */
export const wrongParameter: Answer = { kind: 'refused', cme: 50 };

const cmeTexts: Readonly<Record<number, string>> = {
  3: 'operation not allowed',
  14: 'SIM busy',
  50: 'incorrect parameters',
};

/** Renders a refusal at an `AT+CMEE` level. Shape: 0 `ERROR`, 1 number, 2 text. */
export function renderRefusal(cme: number, level: number): string {
  if (level === 0) return 'ERROR';
  const text = level === 2 ? cmeTexts[cme] : undefined;
  return `+CME ERROR: ${text ?? String(cme)}`;
}
