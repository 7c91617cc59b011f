import type { Secret } from '../core/secret.js';
import type { Capture } from './dialect.js';
import type { FinalResult } from './final-result.js';
import type { RenderedCommand } from './render.js';

/**
 * What ends a step well.
 *
 * Shape: `final` OK, unless a line that means `failure` came before it · `urc` OK and the URC, in either order; if the OK never comes, the URC decides
 * · `banner` the module has restarted, or the time for that is over: then `hasSeenBanner` is false
 * · `watch` a line that the script watches for, also if it came in an earlier step · `quiet` nothing
 * received for a while, or the time for that is over.
 * Units: milliseconds; `urcMs` and `bannerMs` run from the OK.
 */
export type Finish =
  | { readonly kind: 'final'; readonly failure?: Capture }
  | {
      readonly kind: 'urc';
      readonly success: Capture;
      readonly failure?: Capture;
      readonly urcMs: number;
    }
  | { readonly kind: 'banner'; readonly bannerMs: number }
  | { readonly kind: 'watch'; readonly watch: string; readonly failure: Capture }
  | { readonly kind: 'quiet' };

/**
 * One step of a chat script.
 *
 * Shape: `send` goes out with CR; `repair` in its place at every fourth try, an error to which counts
 * for nothing; `data` goes out, uninterpreted, when the prompt comes; `captures`
 * pick lines of the answer. `secrecy`: `clear`, `masked` for this step, `lasting` for it and all that
 * follows in the conversation. `isOptional` lets the script go on whatever the answer.
 * `banner`: a boot banner is a fault (`fault`) or part of the step (`expected`).
 * `isAtomic` holds an abort back until the step has ended.
 * Units: milliseconds; `timeoutMs` for each of `tries`; `quietMs` is waited for after a late success.
 */
export interface Step {
  readonly id: string;
  readonly send?: RenderedCommand;
  readonly repair?: RenderedCommand;
  readonly data?: Secret;
  readonly finish: Finish;
  readonly captures: readonly Capture[];
  readonly secrecy: 'clear' | 'masked' | 'lasting';
  readonly banner: 'fault' | 'expected';
  readonly isOptional: boolean;
  readonly isAtomic: boolean;
  readonly tries: number;
  readonly timeoutMs: number;
  readonly quietMs: number;
}

/** Steps that run one after the other, and lines to look out for all the while. */
export interface Script {
  readonly steps: readonly Step[];
  readonly watches: Readonly<Record<string, Capture>>;
}

/** The named groups of a line that fitted a pattern; the secret ones apart. */
export interface Captured {
  readonly fields: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** How a step ended. `timeout` means unknown: read back before deciding. */
export type StepEnd = 'done' | 'refused' | 'timeout' | 'module_reset' | 'aborted' | 'closed';

/**
 * What a step brought.
 *
 * Shape: `command` is what was sent, asterisks in place of its values; `captured` holds every reading
 * of every line that fitted, up to a bound; `hasSeenOk`: the command was accepted, whatever came of it.
 */
export interface StepResult {
  readonly id: string;
  readonly command?: string;
  readonly end: StepEnd;
  readonly captured: readonly Captured[];
  readonly urc?: Captured;
  readonly error?: FinalResult & { readonly kind: 'error' };
  readonly tries: number;
  readonly hasSeenOk: boolean;
  readonly hasSeenEcho: boolean;
  readonly hasSeenBanner: boolean;
}

/** How a script ended: with its last step, or with the first that did not end well. */
export interface ScriptResult {
  readonly end: StepEnd;
  readonly steps: readonly StepResult[];
}
