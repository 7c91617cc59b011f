import type { Dialect } from './dialect.js';
import { emptyLexer } from './line-lexer.js';
import type { LexerState } from './line-lexer.js';
import type { RenderedCommand } from './render.js';
import type { Captured, Script, ScriptResult, Step, StepEnd, StepResult } from './step.js';

/** What stays the same for a whole conversation; `maskKey` makes the fingerprints of its transcript. */
export interface SessionConfig {
  readonly dialect: Dialect;
  readonly maskKey: Uint8Array;
}

/** What a session has seen and could not use. */
export interface SessionCounters {
  readonly receivedBytes: number;
  readonly unknownLines: number;
  readonly overlongLines: number;
  readonly strayFinals: number;
  readonly urcLines: number;
  readonly busyLines: number;
}

/**
 * The running step.
 *
 * Shape: phases `answer` (until the final result), `busy` (the command was lost; sent again when the
 * line is quiet), `urc` (the final result is there, the URC or banner is not), `settle` (over; waits
 * until the line is quiet, then ends with `settledEnd`).
 */
export interface StepRun {
  readonly step: Step;
  readonly phase: 'answer' | 'busy' | 'urc' | 'settle';
  readonly tries: number;
  readonly timesBusy: number;
  readonly sent?: RenderedCommand;
  readonly captured: readonly Captured[];
  readonly urc?: Captured;
  readonly hasUrcFailed: boolean;
  readonly hasPrompted: boolean;
  readonly hasSeenOk: boolean;
  readonly hasSeenEcho: boolean;
  readonly hasSeenBanner: boolean;
  readonly error?: StepResult['error'];
  readonly settledEnd: StepEnd;
}

/**
 * A conversation between two events; a plain value.
 *
 * Shape: `isMaskedForGood` once a secret has been on the wire; `hasReset` when a boot banner came
 * while no script ran; `isEchoOff` once a command went without echo, so that an echo which is back
 * tells of a restart; `lastTimer` numbers the timers, so that a late one is told from its successor.
 */
export interface SessionState {
  readonly lexer: LexerState;
  readonly script?: Script | undefined;
  readonly run?: StepRun | undefined;
  readonly results: readonly StepResult[];
  readonly watched: Readonly<Record<string, Captured>>;
  readonly isMaskedForGood: boolean;
  readonly hasReset: boolean;
  readonly isEchoOff: boolean;
  readonly isAborting: boolean;
  readonly isClosed: boolean;
  readonly lastTimer: number;
  readonly timers: { readonly step?: number | undefined; readonly quiet?: number | undefined };
  readonly counters: SessionCounters;
}

/** A conversation that has not begun. */
export const newSession: SessionState = {
  lexer: emptyLexer,
  results: [],
  watched: {},
  isMaskedForGood: false,
  hasReset: false,
  isEchoOff: false,
  isAborting: false,
  isClosed: false,
  lastTimer: 0,
  timers: {},
  counters: {
    receivedBytes: 0,
    unknownLines: 0,
    overlongLines: 0,
    strayFinals: 0,
    urcLines: 0,
    busyLines: 0,
  },
};

/** What happens to a session. */
export type SessionEvent =
  | { readonly kind: 'start'; readonly script: Script }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'timer'; readonly id: number }
  | { readonly kind: 'abort' }
  | { readonly kind: 'closed' };

/**
 * What a session wants done.
 *
 * Shape: `arm` replaces the timer of the same name; `disarm` stops both; `record` is a line of the
 * transcript, masked already.
 */
export type Effect =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'arm';
      readonly timer: 'step' | 'quiet';
      readonly id: number;
      readonly ms: number;
    }
  | { readonly kind: 'disarm' }
  | { readonly kind: 'record'; readonly direction: 'sent' | 'received'; readonly text: string }
  | { readonly kind: 'done'; readonly result: ScriptResult };
