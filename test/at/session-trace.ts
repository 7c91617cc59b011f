import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import type { Dialect } from '../../src/at/dialect.js';
import { advance } from '../../src/at/session.js';
import { newSession } from '../../src/at/session-state.js';
import type { Effect, SessionEvent, SessionState } from '../../src/at/session-state.js';
import type { Script, ScriptResult } from '../../src/at/step.js';

/** A session by hand: what goes in as text, what comes out as readable lists. */
export class SessionTrace {
  state: SessionState = newSession;
  readonly sent: string[] = [];
  readonly shown: string[] = [];
  result: ScriptResult | undefined;
  private armed: { step?: Effect & { kind: 'arm' }; quiet?: Effect & { kind: 'arm' } } = {};

  constructor(readonly dialect: Dialect = lierdaLmqtt) {}

  start(script: Script): this {
    this.result = undefined;
    return this.take({ kind: 'start', script });
  }

  /** Feeds received text, one byte at a time. */
  receive(text: string): this {
    for (const byte of Buffer.from(text, 'latin1')) {
      this.take({ kind: 'bytes', bytes: Uint8Array.of(byte) });
    }
    return this;
  }

  /** Lets a timer ring; fails when it is not armed. Gives its milliseconds. */
  ring(timer: 'step' | 'quiet'): number {
    const effect = this.armed[timer];
    if (effect === undefined) {
      throw new Error(`the timer ${timer} is not armed`);
    }
    this.take({ kind: 'timer', id: effect.id });
    return effect.ms;
  }

  take(event: SessionEvent): this {
    const next = advance({ dialect: this.dialect, maskKey: Buffer.alloc(32) }, this.state, event);
    this.state = next.state;
    for (const effect of next.effects) {
      this.note(effect);
    }
    return this;
  }

  get isIdle(): boolean {
    return this.armed.step === undefined && this.armed.quiet === undefined;
  }

  private note(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.sent.push(Buffer.from(effect.bytes).toString('latin1'));
        return;
      case 'record':
        this.shown.push(effect.text);
        return;
      case 'arm':
        this.armed = { ...this.armed, [effect.timer]: effect };
        return;
      case 'disarm':
        this.armed = {};
        return;
      case 'done':
        this.result = effect.result;
        return;
    }
  }
}
