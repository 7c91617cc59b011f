import type { Triple } from '../core/triple.js';
import { Secret } from '../core/secret.js';
import type { Answer } from './answers.js';
import type { Chances } from './chances.js';
import { ok } from './answers.js';
import { answerLines, carryOut } from './command-table.js';
import { Session } from './context.js';
import type { Counts, EchoForm, Family, UnitContext } from './context.js';
import type { FaultName } from './faults.js';
import type { Identity } from './identity.js';
import { shownOf, textOf } from './line.js';
import type { Line } from './line.js';
import { LineReader } from './line-reader.js';
import { Link } from './link.js';
import type { IncomingMessage } from './link.js';
import { maskCommand, maskMessage } from './masking.js';
import { Memory } from './memory.js';
import type { StoredFields } from './memory.js';
import { seededBytes } from './seeded-bytes.js';

/** How one unit behaves. Units: `bootMs` in ms. */
export interface UnitOptions {
  readonly family: Family;
  readonly identity: Identity;
  readonly faults: ReadonlySet<FaultName>;
  readonly chances: Chances;
  readonly hasEcho: boolean;
  readonly echoForm: EchoForm;
  readonly isVolatile: boolean;
  readonly bootMs: number;
}

/** What a unit needs from the world around it. */
export interface UnitHost {
  /** Writes to the serial line. */
  send(bytes: Buffer): void;
  /** Runs an action later; the result cancels it. Units: ms. */
  later(delayMs: number, action: () => void): () => void;
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  /** Hears what goes over the line, fit to be shown. */
  note(direction: 'in' | 'out', text: string): void;
}

/** A message that a unit received. Shape: the payload may be a new secret. */
export interface ReceivedMessage {
  readonly topic: string;
  readonly msgId: number;
  readonly payload: Secret;
}

const keptMessages = 256;

/**
 * One simulated module: bytes of the serial line in, bytes out, MQTT on the other side.
 *
 * While it boots or is off it hears nothing; a host that connects switches it on.
 */
export class SimulatedUnit implements UnitContext {
  readonly family: Family;
  readonly chances: Chances;
  readonly identity: Identity;
  readonly faults: ReadonlySet<FaultName>;
  readonly memory: Memory;
  readonly counts: Counts = {
    commands: 0,
    writes: 0,
    restarts: 0,
    logins: 0,
    published: 0,
    received: 0,
  };
  readonly received: ReceivedMessage[] = [];
  session: Session;
  readonly link: Link;
  #power: 'on' | 'booting' | 'off' = 'on';
  #cancelBoot: () => void = () => undefined;
  #takeData: ((data: Buffer) => Answer) | undefined;
  readonly #reader: LineReader;
  readonly #noise: Generator<number, never, undefined>;

  constructor(
    private readonly options: UnitOptions,
    private readonly host: UnitHost,
  ) {
    this.family = options.family;
    this.chances = options.chances;
    this.identity = options.identity;
    this.faults = options.faults;
    this.memory = new Memory(options.isVolatile, options.faults, options.family.baudRate);
    this.session = new Session(options.hasEcho, options.family.cmee);
    this.#noise = seededBytes(options.identity.imei);
    this.link = new Link({
      message: (message) => {
        this.#receiveMessage(message);
      },
      lost: (stat) => {
        const { link } = this.family;
        if (link) this.report(link.lost(stat));
      },
    });
    this.#reader = new LineReader({
      typed: (bytes) => {
        this.#echo('characters', bytes);
      },
      line: (text) => {
        this.#takeLine(text);
      },
      data: (bytes) => {
        this.#finishData(bytes);
      },
    });
  }

  get triple(): Triple | undefined {
    return this.memory.triple;
  }

  get stored(): StoredFields {
    return this.memory.stored;
  }

  /** A host has connected: boots a unit that is off. */
  switchOn(): void {
    if (this.#power === 'off') this.boot();
  }

  /** Starts up, deaf until it says that it is there. */
  boot(): void {
    this.#power = 'booting';
    this.#cancelBoot = this.host.later(this.options.bootMs, () => {
      this.#power = 'on';
      if (!this.faults.has('silent')) this.#announce();
    });
  }

  #announce(): void {
    const { raw, lines, late } = this.family.boot;
    if (raw !== undefined) this.#write(Buffer.from(raw, 'latin1'), '(boot ROM)');
    for (const text of lines) this.report(text);
    if (!late) return;
    this.#cancelBoot = this.host.later(this.options.bootMs, () => {
      for (const text of late) this.report(text);
    });
  }

  /** The host has gone: a half line of it does not wait for the next one. */
  detach(): void {
    this.#takeData = undefined;
    this.#reader.reset();
  }

  /** Takes bytes from the serial line. */
  receive(bytes: Buffer): void {
    if (this.#power !== 'on' || this.faults.has('silent')) return;
    this.#reader.feed(bytes);
  }

  readonly report = (said: Line): void => {
    this.#say(said, '\r\n');
  };

  readonly restart = (): void => {
    this.counts.restarts += 1;
    this.#stop();
    this.memory.restart(this.family.keeps === 'saved');
    this.boot();
  };

  readonly powerOff = (): void => {
    this.#stop();
    this.memory.restart(this.family.keeps === 'saved');
    this.#power = 'off';
  };

  nowMs(): number {
    return this.host.nowMs();
  }

  /** Takes the unit out of its slot. */
  remove(): void {
    this.#stop();
    this.#power = 'off';
  }

  #stop(): void {
    this.#cancelBoot();
    this.link.drop();
    this.session = new Session(this.options.hasEcho, this.family.cmee);
    this.detach();
  }

  #takeLine(text: string | undefined): void {
    this.counts.commands += 1;
    this.host.note(
      'in',
      text === undefined ? '(a line that is too long)' : maskCommand(text, this.family),
    );
    if (this.faults.has('garbage')) {
      this.#answerNoise();
      return;
    }
    if (text !== undefined) this.#echo('line', Buffer.from(text, 'latin1'));
    if (this.faults.has('noisy')) this.report('+CEREG: 1');
    this.#answer(text === undefined ? { kind: 'error' } : carryOut(this, text));
  }

  #answer(answer: Answer): void {
    if (answer.kind === 'prompt') {
      this.#takeData = answer.take;
      for (const said of answer.lines ?? []) this.report(said);
      this.#write(Buffer.from(this.family.prompt), '>');
      this.#reader.expectData(answer.sizeBytes);
      return;
    }
    this.#sayAnswer(answerLines(answer, this.session.cmee));
    if (answer.kind === 'ok' || answer.kind === 'mute') answer.then();
  }

  /** An answer without a line has no place for noise. */
  #sayAnswer(lines: readonly Line[]): void {
    const noise = lines.length === 0 ? undefined : this.chances.noise(this.family.noise);
    const said = [...lines];
    if (noise) {
      const places = { before: 0, between: Math.min(1, lines.length - 1), glued: lines.length - 1 };
      said.splice(places[noise.where], 0, noise.line);
    }
    said.forEach((each, at) => {
      const isGlued = noise?.where === 'glued' && at === said.length - 1;
      this.#say(each, isGlued || (this.family.isCompact && at > 0) ? '' : '\r\n');
    });
  }

  #say(said: Line, start: string): void {
    this.#write(Buffer.from(`${start}${textOf(said)}\r\n`), shownOf(said));
  }

  /** Undefined: the host called its data off. */
  #finishData(bytes: Buffer | undefined): void {
    const take = this.#takeData;
    this.#takeData = undefined;
    this.host.note('in', bytes ? `(${String(bytes.length)} bytes of data)` : '(called off)');
    if (take) this.#answer(bytes ? take(bytes) : ok());
  }

  /** The head, `,"<topic>",` and the payload, raw and unquoted. Source: measured on NT26; Eigencomm. */
  #receiveMessage({ topic, msgId, payload }: IncomingMessage): void {
    this.counts.received += 1;
    this.received.push({ topic, msgId, payload: new Secret(payload.toString('utf8')) });
    if (this.received.length > keptMessages) this.received.shift();
    const head = this.family.link?.receivedHead(msgId);
    if (head === undefined) return;
    if (this.session.settings.isCached) {
      this.report(head);
      return;
    }
    const shown = `${head},"${topic}",${maskMessage(topic, payload)}`;
    const start = Buffer.from(`\r\n${head},"${topic}",`);
    this.#write(Buffer.concat([start, payload, Buffer.from('\r\n')]), shown);
  }

  #echo(form: EchoForm, bytes: Buffer): void {
    const hasEcho = this.session.hasEcho && !this.faults.has('garbage');
    if (hasEcho && this.options.echoForm === form) this.host.send(bytes);
  }

  /** Bytes that are no text in any line discipline, so no host can take them for an answer. */
  #answerNoise(): void {
    const size = 4 + (this.#noise.next().value % 20);
    this.#write(
      Buffer.from(Array.from({ length: size }, () => this.#noise.next().value | 0x80)),
      `(${String(size)} bytes of noise)`,
    );
  }

  #write(bytes: Buffer, shown: string): void {
    this.host.note('out', shown);
    this.host.send(bytes);
  }
}
