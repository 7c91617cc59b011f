import { feed, forgetLine, nextEvent } from './line-lexer.js';
import {
  arm,
  attemptStep,
  callOffData,
  change,
  count,
  endScript,
  endStep,
  leaveStep,
  mayWaitForData,
  repeatCommand,
  startScript,
} from './session-flow.js';
import type { Draft } from './session-flow.js';
import { takeLexed } from './session-lines.js';
import type { Effect, SessionConfig, SessionEvent, SessionState } from './session-state.js';

/**
 * Takes a session one event further: the whole of an AT conversation as a function of values.
 *
 * Shape: (state, event) -> next state and what is to be done. Every state has a way out: each step
 * has a timer, and `abort` and `closed` end any script. A script is started when none runs.
 */
export function advance(
  config: SessionConfig,
  state: SessionState,
  event: SessionEvent,
): { readonly state: SessionState; readonly effects: readonly Effect[] } {
  const draft: Draft = { config, state, effects: [] };
  take(draft, event);
  return { state: draft.state, effects: draft.effects };
}

function take(draft: Draft, event: SessionEvent): void {
  switch (event.kind) {
    case 'start':
      startScript(draft, event.script);
      return;
    case 'bytes':
      receive(draft, event.bytes);
      return;
    case 'timer':
      expire(draft, event.id);
      return;
    case 'abort':
      abort(draft);
      return;
    case 'closed':
      change(draft, { isClosed: true });
      endScript(draft, 'closed');
      return;
  }
}

function receive(draft: Draft, bytes: Uint8Array): void {
  count(draft, 'receivedBytes', bytes.length);
  const { run, timers } = draft.state;
  if (timers.quiet !== undefined && run !== undefined) {
    arm(draft, 'quiet', run.step.quietMs);
  }
  change(draft, { lexer: feed(draft.state.lexer, bytes) });
  const { maxLineBytes, countedHeads } = draft.config.dialect;
  for (;;) {
    const next = nextEvent(draft.state.lexer, { maxLineBytes, counted: countedHeads });
    change(draft, { lexer: next.state });
    if (next.event === undefined) {
      return;
    }
    takeLexed(draft, next.event);
  }
}

function expire(draft: Draft, id: number): void {
  const { run, timers } = draft.state;
  if (run === undefined || (id !== timers.step && id !== timers.quiet)) {
    return; // stopped or replaced before it rang
  }
  const isQuiet = id === timers.quiet;
  // A payload that never came whole must not swallow the next answer.
  change(draft, {
    lexer: forgetLine(draft.state.lexer),
    ...(isQuiet ? { timers: { step: timers.step } } : {}),
  });
  if (run.phase === 'settle') {
    leaveStep(draft, run.settledEnd);
  } else if (run.phase === 'busy' && isQuiet) {
    repeatCommand(draft);
  } else if (run.step.finish.kind === 'quiet' || run.step.finish.kind === 'banner') {
    leaveStep(draft, 'done');
  } else if (run.urc !== undefined) {
    endStep(draft, run.hasUrcFailed ? 'refused' : 'done');
  } else if (run.phase !== 'urc' && run.tries < run.step.tries) {
    attemptStep(draft, run.step);
  } else {
    endStep(draft, 'timeout');
  }
}

/** What only waits is left at once; a command that changes the module is heard to its end. */
function abort(draft: Draft): void {
  change(draft, { isAborting: true });
  const run = draft.state.run;
  if (run?.step.isAtomic === true && run.phase === 'answer') {
    return;
  }
  if (run !== undefined && mayWaitForData(run)) {
    callOffData(draft);
  }
  endScript(draft, 'aborted');
}
