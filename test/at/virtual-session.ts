import { advance } from '../../src/at/session.js';
import { newSession } from '../../src/at/session-state.js';
import type { Effect, SessionEvent, SessionState } from '../../src/at/session-state.js';
import type { Dialect } from '../../src/at/dialect.js';
import type { Script, ScriptResult, Step } from '../../src/at/step.js';

/** A session whose timers ring in virtual time. Units: milliseconds. */
export class VirtualSession {
  state: SessionState = newSession;
  nowMs = 0;
  result: ScriptResult | undefined;
  readonly sent: string[] = [];
  readonly shown: string[] = [];
  private readonly armed = new Map<string, { readonly id: number; readonly dueMs: number }>();

  constructor(private readonly dialect: Dialect) {}

  start(script: Script): void {
    this.result = undefined;
    this.take({ kind: 'start', script });
  }

  /** Lets time pass, and what is armed ring in its order. */
  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.ringNext(untilMs)) {
      // Until nothing more is due.
    }
    this.nowMs = untilMs;
  }

  /** Lets whatever is armed ring until the script has ended, or so many times. */
  waitOut(mostRings: number): void {
    for (let rings = 0; rings < mostRings && this.result === undefined; rings += 1) {
      if (!this.ringNext(Infinity)) {
        return;
      }
    }
  }

  take(event: SessionEvent): void {
    const config = { dialect: this.dialect, maskKey: Buffer.alloc(32) };
    const next = advance(config, this.state, event);
    this.state = next.state;
    next.effects.forEach((effect) => {
      this.carryOut(effect);
    });
  }

  /** Whether the running step has a timer that will end it, as the state believes. */
  get hasWayOut(): boolean {
    return this.armed.has('step') && this.armed.get('step')?.id === this.state.timers.step;
  }

  get isIdle(): boolean {
    return this.armed.size === 0;
  }

  private ringNext(untilMs: number): boolean {
    const [next] = [...this.armed].sort(([, one], [, other]) => one.dueMs - other.dueMs);
    if (next === undefined || next[1].dueMs > untilMs) {
      return false;
    }
    const [name, { id, dueMs }] = next;
    this.armed.delete(name);
    this.nowMs = dueMs;
    this.take({ kind: 'timer', id });
    return true;
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.sent.push(Buffer.from(effect.bytes).toString('latin1'));
        return;
      case 'record':
        this.shown.push(effect.text);
        return;
      case 'arm':
        this.armed.set(effect.timer, { id: effect.id, dueMs: this.nowMs + effect.ms });
        return;
      case 'disarm':
        this.armed.clear();
        return;
      case 'done':
        this.result = effect.result;
        return;
    }
  }
}

/** The longest that a step may last, whatever the module does. Units: milliseconds. */
export function longestMs({ tries, timeoutMs, finish }: Step): number {
  const afterOkMs =
    finish.kind === 'urc' ? finish.urcMs : finish.kind === 'banner' ? finish.bannerMs : 0;
  const settleMs = timeoutMs;
  return tries * timeoutMs + afterOkMs + settleMs;
}
