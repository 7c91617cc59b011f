import { armPrompt } from './line-lexer.js';
import { maskText, showPlain } from './masking.js';
import type { RenderedCommand } from './render.js';
import type {
  Effect,
  SessionConfig,
  SessionCounters,
  SessionState,
  StepRun,
} from './session-state.js';
import type { Script, Step, StepEnd, StepResult } from './step.js';

/** One call of `advance` at work: the next state in the making and the effects so far. */
export interface Draft {
  readonly config: SessionConfig;
  state: SessionState;
  readonly effects: Effect[];
}

/** Begins a script, or ends it at once where the session cannot run it. */
export function startScript(draft: Draft, script: Script): void {
  const { hasReset, isAborting, isClosed } = draft.state;
  change(draft, { script, results: [], watched: {}, hasReset: false });
  if (isClosed || isAborting) {
    endScript(draft, isClosed ? 'closed' : 'aborted');
  } else if (hasReset && script.steps[0]?.banner === 'fault') {
    endScript(draft, 'module_reset');
  } else {
    beginNextStep(draft);
  }
}

/** Ends the running script as it stands; does nothing without one. */
export function endScript(draft: Draft, end: StepEnd): void {
  if (draft.state.script === undefined) {
    return;
  }
  const steps = draft.state.results;
  change(draft, { script: undefined, run: undefined });
  disarm(draft);
  draft.effects.push({ kind: 'done', result: { end, steps } });
}

/** Sends the command of a step, for the first time or once more, and starts its timers. */
export function attemptStep(draft: Draft, step: Step): void {
  const { tries, hasSeenBanner, hasSeenEcho } = draft.state.run ?? freshRun(step);
  const isAnythingPossible = step.banner === 'expected';
  const lexer = armPrompt(draft.state.lexer, step.data !== undefined || isAnythingPossible);
  const run = { ...freshRun(step), tries: tries + 1, hasSeenBanner, hasSeenEcho };
  change(draft, { lexer, run, isEchoOff: draft.state.isEchoOff && !isAnythingPossible });
  sendCommand(draft, run.tries % 4 === 0 ? (step.repair ?? step.send) : step.send);
  arm(draft, 'step', step.timeoutMs);
  if (step.finish.kind === 'quiet') {
    arm(draft, 'quiet', step.quietMs);
  }
}

/** Sends once more what the module had no time to hear; the time of the step goes on. */
export function repeatCommand(draft: Draft): void {
  changeRun(draft, { phase: 'answer' });
  sendCommand(draft, draft.state.run?.sent);
}

function sendCommand(draft: Draft, command: RenderedCommand | undefined): void {
  if (command === undefined) {
    return;
  }
  const line = command.line.expose();
  const masked = command.shown((text) => maskText(text, draft.config.maskKey));
  changeRun(draft, { sent: command });
  send(draft, `${line}\r`);
  record(draft, 'sent', showPlain(isMasked(draft.state) ? masked : line));
}

/** Calls off data that the module may be waiting for, lest it takes the next command for them. */
export function callOffData(draft: Draft): void {
  send(draft, '\x1b');
  record(draft, 'sent', '(ESC)');
}

/** Tells whether the module may be waiting for the data of the running step. */
export function mayWaitForData({ step, phase, hasSeenOk }: StepRun): boolean {
  return step.data !== undefined && phase === 'answer' && !hasSeenOk;
}

/** Ends the running step; where an answer may still be on its way, the line has to fall quiet first. */
export function endStep(draft: Draft, end: StepEnd): void {
  const run = draft.state.run;
  if (run === undefined) {
    return;
  }
  const { isOptional } = run.step;
  const isCalledOff =
    mayWaitForData(run) && (end === 'timeout' || (end === 'refused' && run.hasPrompted));
  if (isCalledOff) {
    callOffData(draft);
  }
  const mayBeLate =
    (end === 'done' && run.tries > 1) || (isOptional && (end === 'timeout' || isCalledOff));
  if (mayBeLate && run.step.quietMs > 0) {
    changeRun(draft, { phase: 'settle', settledEnd: end });
    arm(draft, 'step', run.step.timeoutMs);
    arm(draft, 'quiet', run.step.quietMs);
    return;
  }
  leaveStep(draft, end);
}

/** Ends the running step at once and goes on to what follows from it. */
export function leaveStep(draft: Draft, end: StepEnd): void {
  const run = draft.state.run;
  if (run === undefined) {
    return;
  }
  disarm(draft);
  change(draft, { run: undefined, results: [...draft.state.results, resultOf(run, end)] });
  if (end === 'done' && run.step.banner === 'fault' && run.sent !== undefined) {
    change(draft, { isEchoOff: !run.hasSeenEcho });
  }
  const isForgiven = run.step.isOptional && (end === 'refused' || end === 'timeout');
  if (end !== 'done' && !isForgiven) {
    endScript(draft, end);
  } else if (draft.state.isAborting) {
    endScript(draft, 'aborted');
  } else {
    beginNextStep(draft);
  }
}

/** Changes the session state. */
export function change(draft: Draft, changes: Partial<SessionState>): void {
  draft.state = { ...draft.state, ...changes };
}

/** Changes the running step, if there is one. */
export function changeRun(draft: Draft, changes: Partial<StepRun>): void {
  if (draft.state.run !== undefined) {
    change(draft, { run: { ...draft.state.run, ...changes } });
  }
}

/** Adds to a counter. */
export function count(draft: Draft, counter: keyof SessionCounters, more = 1): void {
  const { counters } = draft.state;
  change(draft, { counters: { ...counters, [counter]: counters[counter] + more } });
}

/** Tells whether the transcript of the running step is masked. */
export function isMasked(state: SessionState): boolean {
  return state.isMaskedForGood || (state.run !== undefined && state.run.step.secrecy !== 'clear');
}

/** Sends a text as latin1 bytes. */
export function send(draft: Draft, text: string): void {
  draft.effects.push({ kind: 'send', bytes: Buffer.from(text, 'latin1') });
}

/** Adds a line, masked already, to the transcript. */
export function record(draft: Draft, direction: 'sent' | 'received', text: string): void {
  draft.effects.push({ kind: 'record', direction, text });
}

/** Starts a timer in place of the one of the same name. */
export function arm(draft: Draft, timer: 'step' | 'quiet', ms: number): void {
  const id = draft.state.lastTimer + 1;
  change(draft, { lastTimer: id, timers: { ...draft.state.timers, [timer]: id } });
  draft.effects.push({ kind: 'arm', timer, id, ms });
}

function disarm(draft: Draft): void {
  change(draft, { timers: {} });
  draft.effects.push({ kind: 'disarm' });
}

function beginNextStep(draft: Draft): void {
  const step = draft.state.script?.steps[draft.state.results.length];
  if (step === undefined) {
    endScript(draft, 'done');
    return;
  }
  const isMaskedForGood = draft.state.isMaskedForGood || step.secrecy === 'lasting';
  change(draft, { isMaskedForGood, run: freshRun(step) });
  const { finish } = step;
  const seen = finish.kind === 'watch' ? draft.state.watched[finish.watch] : undefined;
  if (seen !== undefined) {
    changeRun(draft, { urc: seen });
    leaveStep(draft, 'done');
    return;
  }
  attemptStep(draft, step);
}

function freshRun(step: Step): StepRun {
  return {
    step,
    tries: 0,
    phase: 'answer',
    timesBusy: 0,
    captured: [],
    hasUrcFailed: false,
    hasPrompted: false,
    hasSeenOk: false,
    hasSeenEcho: false,
    hasSeenBanner: false,
    settledEnd: 'done',
  };
}

function resultOf(run: StepRun, end: StepEnd): StepResult {
  return {
    id: run.step.id,
    end,
    captured: run.captured,
    tries: run.tries,
    hasSeenOk: run.hasSeenOk,
    hasSeenEcho: run.hasSeenEcho,
    hasSeenBanner: run.hasSeenBanner,
    ...(run.sent === undefined ? {} : { command: showPlain(run.sent.shown(() => '***')) }),
    ...(run.urc === undefined ? {} : { urc: run.urc }),
    ...(run.error === undefined ? {} : { error: run.error }),
  };
}
