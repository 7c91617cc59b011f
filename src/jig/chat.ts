import type { Dialect } from '../at/dialect.js';
import { advance } from '../at/session.js';
import { newSession } from '../at/session-state.js';
import type { Effect, SessionCounters, SessionEvent } from '../at/session-state.js';
import type { Script, ScriptResult } from '../at/step.js';
import { SlotStop } from './slot-result.js';
import type { Timers } from './timers.js';
import type { Transcript } from './transcript.js';
import type { PortEnd, Transport } from './transports/transport.js';

/** What a chat works with. Shape: every time-out of the dialect is multiplied by `timeoutScale`. */
export interface ChatParts {
  readonly dialect: Dialect;
  readonly timers: Timers;
  readonly timeoutScale: number;
  readonly maskKey: Uint8Array;
  readonly transcript: Transcript;
}

/** How a script ended that neither the port nor an abort has cut short. */
export type ChatResult = ScriptResult & {
  readonly end: Exclude<ScriptResult['end'], 'closed' | 'aborted'>;
};

/** Drives a session: owns the bytes and the clock of one conversation, and nothing else. */
export class Chat {
  /** Whether the module echoed the last command. */
  hasEcho = false;
  private spoken: Dialect;
  private state = newSession;
  private baudRate: number | undefined;
  private notedBaudRate: number | undefined;
  private portEnd: PortEnd | undefined;
  private waiting: ((result: ScriptResult) => void) | undefined;
  private readonly stopTimers = new Map<string, () => void>();

  constructor(
    private readonly transport: Transport,
    private readonly parts: ChatParts,
  ) {
    this.spoken = parts.dialect;
    this.baudRate = parts.dialect.uart.baudRates[0];
    transport.onClose((end) => {
      this.portEnd = end;
      this.take({ kind: 'closed' });
    });
    transport.onData((bytes) => {
      this.take({ kind: 'bytes', bytes });
    });
  }

  get dialect(): Dialect {
    return this.spoken;
  }

  /** Goes on in another dialect, from the next script on. */
  speak(dialect: Dialect): void {
    this.spoken = dialect;
    this.parts.transcript.add('note', `speaks ${dialect.id}`);
  }

  get counters(): SessionCounters {
    return this.state.counters;
  }

  /** The rates to try, the present one first; none where the port names its rate. Units: baud. */
  get baudRates(): readonly number[] {
    const present = this.baudRate;
    if (this.transport.setBaudRate === undefined || present === undefined) {
      return [];
    }
    return [present, ...this.dialect.uart.baudRates.filter((rate) => rate !== present)];
  }

  /**
   * Goes on at another rate.
   *
   * Units: baud.
   * Errors: `SlotStop` with the reason of a `PortEnd`.
   */
  async setBaudRate(baudRate: number): Promise<void> {
    if (baudRate === this.baudRate) {
      return;
    }
    await this.transport.setBaudRate?.(baudRate);
    this.baudRate = baudRate;
    this.parts.transcript.add('note', `tried at ${baudRate} baud`);
  }

  /** Says in the transcript at which rate the module answers, where that is news. */
  noteBaudRate(): void {
    if (this.baudRate !== this.notedBaudRate) {
      this.notedBaudRate = this.baudRate;
      this.parts.transcript.add('note', `answers at ${this.baudRate ?? 'an unknown'} baud`);
    }
  }

  /**
   * Runs a script to its end; one at a time.
   *
   * Errors: `SlotStop` with `aborted`, or with the reason why the port is gone.
   */
  async run(script: Script): Promise<ChatResult> {
    const { end, steps } = await new Promise<ScriptResult>((resolve) => {
      this.waiting = resolve;
      this.take({ kind: 'start', script });
    });
    this.hasEcho = steps.at(-1)?.hasSeenEcho ?? this.hasEcho;
    if (end === 'aborted') {
      throw new SlotStop('aborted');
    }
    if (end === 'closed') {
      throw new SlotStop(this.portEnd?.reason ?? 'port_closed', this.portEnd?.detail);
    }
    return { end, steps };
  }

  /** Stops at the next border of a step; the running script and every later one end with `aborted`. */
  abort(): void {
    this.take({ kind: 'abort' });
  }

  close(): void {
    this.transport.close();
    this.take({ kind: 'closed' });
    const { unknownLines, overlongLines, strayFinals, busyLines, receivedBytes } = this.counters;
    const odd = [
      `${unknownLines} unknown`,
      `${overlongLines} over-long`,
      `${strayFinals} stray results`,
      `${busyLines} busy`,
    ].filter((text) => !text.startsWith('0 '));
    if (odd.length > 0) {
      const text = `lines that fitted nothing: ${odd.join(', ')} (of ${receivedBytes} bytes received)`;
      this.parts.transcript.add('note', text);
    }
  }

  private take(event: SessionEvent): void {
    const config = { dialect: this.spoken, maskKey: this.parts.maskKey };
    const next = advance(config, this.state, event);
    this.state = next.state;
    for (const effect of next.effects) {
      this.carryOut(effect);
    }
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.transport.write(effect.bytes);
        return;
      case 'arm':
        this.arm(effect.timer, effect.id, effect.ms * this.parts.timeoutScale);
        return;
      case 'disarm':
        this.disarm();
        return;
      case 'record':
        this.parts.transcript.add(effect.direction, effect.text);
        return;
      case 'done':
        this.waiting?.(effect.result);
        return;
    }
  }

  private arm(name: string, id: number, ms: number): void {
    this.stopTimers.get(name)?.();
    const stop = this.parts.timers.start(ms, () => {
      this.take({ kind: 'timer', id });
    });
    this.stopTimers.set(name, stop);
  }

  private disarm(): void {
    for (const stop of this.stopTimers.values()) {
      stop();
    }
    this.stopTimers.clear();
  }
}
