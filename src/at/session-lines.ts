import { captureAll, captureLine } from './capture.js';
import { finalResultOf } from './final-result.js';
import type { FinalResult } from './final-result.js';
import type { LexEvent } from './line-lexer.js';
import { maskText, showReceived } from './masking.js';
import type { LineClass } from './masking.js';
import {
  arm,
  attemptStep,
  callOffData,
  change,
  changeRun,
  count,
  endStep,
  isMasked,
  record,
  repeatCommand,
  send,
} from './session-flow.js';
import { hasEchoReturned, withoutEcho, withoutNoise } from './session-echo.js';
import type { Draft } from './session-flow.js';
import type { StepRun } from './session-state.js';

const mostReadings = 64;
const mostTimesBusy = 20;

/** Takes one event of the lexer; whatever the line is, it is consumed and counted. */
export function takeLexed(draft: Draft, event: LexEvent): void {
  switch (event.kind) {
    case 'overlong':
      count(draft, 'overlongLines');
      record(draft, 'received', `(overlong line, ${event.sizeBytes} bytes)`);
      return;
    case 'prompt':
      takePrompt(draft);
      return;
    case 'line':
      takeLine(draft, event.text);
      return;
  }
}

function takePrompt(draft: Draft): void {
  const run = draft.state.run;
  const data = run?.phase === 'answer' ? run.step.data?.expose() : undefined;
  record(draft, 'received', '>');
  if (data === undefined) {
    callOffData(draft); // what was asked for before, and given up
    return;
  }
  changeRun(draft, { hasPrompted: true });
  send(draft, data);
  record(draft, 'sent', `(data ${maskText(data, draft.config.maskKey)})`);
}

function takeLine(draft: Draft, received: string): void {
  const heard = withoutNoise(received);
  const { isEcho, rest } = withoutEcho(draft, heard);
  if (isEcho && hasEchoReturned(draft)) {
    show(draft, received, 'echo');
    endStep(draft, 'module_reset');
  } else if (rest !== '') {
    takeText(draft, rest);
  } else {
    const isNoise = heard === '';
    show(draft, received, isNoise ? 'unknown' : 'echo');
    count(draft, 'unknownLines', isNoise ? 1 : 0);
  }
}

function takeText(draft: Draft, line: string): void {
  const { dialect } = draft.config;
  const isAnyOf = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => captureLine(line, { pattern }) !== undefined);
  const final = finalResultOf(line, dialect.extraFinals);
  if (final !== undefined) {
    show(draft, line, 'final');
    takeFinal(draft, final);
  } else if (isAnyOf(dialect.busyLines)) {
    show(draft, line, 'final');
    takeBusy(draft);
  } else if (isAnyOf(dialect.banners)) {
    show(draft, line, 'banner');
    takeBanner(draft);
  } else if (dialect.urcHeads.some((head) => line.startsWith(head))) {
    show(draft, line, 'urc');
    count(draft, 'urcLines');
    takeExpected(draft, line);
  } else {
    takeAnswer(draft, line);
  }
}

function takeFinal(draft: Draft, final: FinalResult): void {
  const run = draft.state.run;
  if (run?.phase !== 'answer' || run.sent === undefined) {
    count(draft, 'strayFinals');
    if (run?.phase === 'busy') {
      repeatCommand(draft); // what it was busy with is over
    }
    return;
  }
  if (final.kind === 'error') {
    takeError(draft, run, final);
    return;
  }
  if (run.step.data !== undefined && !run.hasPrompted) {
    return; // some modules say OK before the prompt, and once more after the data
  }
  changeRun(draft, { hasSeenOk: true });
  const { finish } = run.step;
  if (finish.kind === 'urc' && run.urc === undefined) {
    changeRun(draft, { phase: 'urc' });
    arm(draft, 'step', finish.urcMs);
  } else if (finish.kind === 'banner') {
    changeRun(draft, { phase: 'urc' });
    arm(draft, 'step', finish.bannerMs);
  } else {
    endStep(draft, run.hasUrcFailed ? 'refused' : 'done');
  }
}

function takeError(
  draft: Draft,
  run: StepRun,
  error: FinalResult & { readonly kind: 'error' },
): void {
  if (run.sent === run.step.repair && run.tries < run.step.tries) {
    attemptStep(draft, run.step); // it talks, and does not know the repair
    return;
  }
  changeRun(draft, { error });
  endStep(draft, 'refused');
}

/** The command was lost: it goes out again when the line is quiet, while the time of the step lasts. */
function takeBusy(draft: Draft): void {
  const run = draft.state.run;
  count(draft, 'busyLines');
  const isLost = run?.phase === 'answer' || run?.phase === 'busy';
  if (!isLost || run.sent === undefined || run.hasPrompted || run.timesBusy >= mostTimesBusy) {
    return;
  }
  changeRun(draft, { phase: 'busy', timesBusy: run.timesBusy + 1 });
  arm(draft, 'quiet', run.step.quietMs);
}

function takeBanner(draft: Draft): void {
  const step = draft.state.run?.step;
  if (step === undefined) {
    change(draft, { hasReset: true });
  } else if (step.banner === 'fault') {
    endStep(draft, 'module_reset');
  } else {
    changeRun(draft, { hasSeenBanner: true });
    if (step.finish.kind === 'banner') {
      endStep(draft, 'done');
    }
  }
}

function takeAnswer(draft: Draft, line: string): void {
  const run = draft.state.run;
  const captured =
    run === undefined || run.phase === 'settle' ? [] : captureAll(line, run.step.captures);
  const isKnown = captured.length > 0 || isExpected(draft, line);
  show(draft, line, isKnown ? 'answer' : 'unknown');
  if (!isKnown) {
    count(draft, 'unknownLines');
    return;
  }
  changeRun(draft, { captured: [...(run?.captured ?? []), ...captured].slice(0, mostReadings) });
  takeExpected(draft, line);
}

function isExpected(draft: Draft, line: string): boolean {
  const finish = draft.state.run?.step.finish;
  const patterns = Object.values(draft.state.script?.watches ?? {});
  if (finish?.kind === 'urc') {
    patterns.push(finish.success);
  }
  if (finish !== undefined && 'failure' in finish) {
    patterns.push(finish.failure);
  }
  return captureAll(line, patterns).length > 0;
}

function takeExpected(draft: Draft, line: string): void {
  const run = draft.state.run;
  for (const [name, pattern] of Object.entries(draft.state.script?.watches ?? {})) {
    const captured = captureLine(line, pattern);
    if (captured !== undefined && draft.state.watched[name] === undefined) {
      change(draft, { watched: { ...draft.state.watched, [name]: captured } });
    }
  }
  if (run !== undefined && run.phase !== 'settle' && run.urc === undefined) {
    takeResultUrc(draft, run, line);
  }
}

function takeResultUrc(draft: Draft, run: StepRun, line: string): void {
  const { finish } = run.step;
  if (finish.kind === 'watch') {
    const seen = draft.state.watched[finish.watch];
    const urc = seen ?? captureLine(line, finish.failure);
    if (urc !== undefined) {
      changeRun(draft, { urc });
      endStep(draft, seen === undefined ? 'refused' : 'done');
    }
  } else if (finish.kind === 'urc' || finish.kind === 'final') {
    const failure = finish.failure && captureLine(line, finish.failure);
    const urc = failure ?? (finish.kind === 'urc' ? captureLine(line, finish.success) : undefined);
    if (urc !== undefined) {
      changeRun(draft, { urc, hasUrcFailed: failure !== undefined });
      if (run.phase === 'urc') {
        endStep(draft, failure === undefined ? 'done' : 'refused');
      }
    }
  }
}

function show(draft: Draft, line: string, lineClass: LineClass): void {
  const { dialect, maskKey } = draft.config;
  const { urcHeads, secretHeads } = dialect;
  const answerHead = draft.state.run?.sent?.answerHead;
  const rules = { key: maskKey, urcHeads, secretHeads, answerHead };
  record(draft, 'received', showReceived(line, lineClass, isMasked(draft.state), rules));
}
