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
import type { Line } from './line.js';
import { LineReader } from './line-reader.js';
import { Link } from './link.js';
import type { IncomingMessage } from './link.js';
import { maskCommand, maskMessage } from './masking.js';
import { Memory } from './memory.js';
import type { StoredFields } from './memory.js';
import type { ReceivedMessage, UnitHost, UnitOptions } from './unit-options.js';
import { Voice } from './voice.js';

const keptMessages = 256;
/** How long a slow unit takes. Units: ms. */
const slowMs = 12_000;
/** What waits for a unit at work; more is lost. Source: Eigencomm EC616S firmware source. */
const maxWaitingBytes = 4096;
/** Pieces of a line that never ends. Units: ms. */
const endlessMs = 50;
const endlessPiece = Buffer.alloc(48, 'x');

/**
 * One simulated module: bytes of the serial line in, bytes out, MQTT on the other side.
 *
 * While it boots or is off it hears nothing; a host that connects switches it on.
 */
export class SimulatedUnit implements UnitContext {
  readonly family: Family;
  readonly chances: Chances;
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
  #cancelWork: () => void = () => undefined;
  /** What came while it was at work; undefined while it is not. */
  #waiting: Buffer | undefined;
  #takeData: ((data: Buffer) => Answer) | undefined;
  readonly #reader: LineReader;
  readonly #voice: Voice;

  constructor(
    private readonly options: UnitOptions,
    private readonly host: UnitHost,
  ) {
    this.family = options.family;
    this.chances = options.chances;
    this.faults = options.faults;
    this.memory = new Memory(options.isVolatile, options.faults, baudRateOf(options));
    this.session = new Session(options.hasEcho, options.family.cmee);
    this.#voice = new Voice(
      {
        family: this.family,
        faults: this.faults,
        chances: this.chances,
        seed: options.identity.imei,
        areUrcsHere: () => this.memory.areUrcsHere,
        isGarbled: () => this.#isGarbled(),
      },
      host,
    );
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
      given: (bytes) => {
        if (this.faults.has('echo-data')) this.#voice.repeat(bytes);
      },
      data: (bytes) => {
        this.#finishData(bytes);
      },
    });
  }

  get identity(): Identity {
    const hasChanged = this.faults.has('imei-changes') && this.counts.restarts > 0;
    return hasChanged ? this.options.laterIdentity : this.options.identity;
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
    if (raw !== undefined) this.#voice.write(Buffer.from(raw, 'latin1'), '(boot ROM)');
    for (const text of lines) this.report(text);
    if (!late) return;
    this.#cancelBoot = this.host.later(this.options.bootMs, () => {
      for (const text of late) this.report(text);
    });
  }

  /** The host has gone: a half line of it does not wait for the next one. */
  detach(): void {
    this.#cancelWork();
    this.#waiting = undefined;
    this.#takeData = undefined;
    this.#reader.reset();
  }

  /** Takes bytes from the serial line. */
  receive(bytes: Buffer): void {
    if (this.#power !== 'on' || this.faults.has('silent')) return;
    if (this.#isGarbled()) {
      if (this.session.hasEcho) this.#voice.repeat(bytes);
    } else if (this.#waiting) {
      this.#waiting = Buffer.concat([this.#waiting, bytes]).subarray(0, maxWaitingBytes);
    } else this.#reader.feed(bytes);
  }

  readonly report = (said: Line): void => {
    this.#voice.report(said);
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
    const hasEcho = this.options.hasEcho || this.faults.has('brown-out');
    this.session = new Session(hasEcho, this.family.cmee);
    this.detach();
  }

  #takeLine(text: string | undefined): void {
    this.counts.commands += 1;
    this.host.note(
      'in',
      text === undefined ? '(a line that is too long)' : maskCommand(text, this.family),
    );
    if (this.faults.has('garbage')) this.#voice.babble();
    else if (this.faults.has('endless-line')) this.#runOn();
    else this.#carryOut(text);
  }

  #carryOut(text: string | undefined): void {
    if (text !== undefined) this.#echo('line', Buffer.from(text, 'latin1'));
    if (this.faults.has('noisy')) this.report('+CEREG: 1');
    this.#work(() => (text === undefined ? { kind: 'error' } : carryOut(this, text)));
  }

  #work(run: () => Answer): void {
    const { writes } = this.counts;
    const answer = run();
    const isFirstWrite = writes === 0 && this.counts.writes > 0;
    if (isFirstWrite && this.faults.has('slow')) this.#answerLate(answer);
    else this.#answer(answer);
  }

  #answerLate(answer: Answer): void {
    this.#waiting = Buffer.alloc(0);
    this.#cancelWork = this.host.later(slowMs, () => {
      const waiting = this.#waiting ?? Buffer.alloc(0);
      this.#waiting = undefined;
      this.#answer(answer);
      this.receive(waiting);
    });
  }

  /** Goes on and on, until the host or the unit is gone. */
  #runOn(): void {
    this.#cancelWork();
    this.#voice.write(endlessPiece, '(more of a line that never ends)');
    this.#cancelWork = this.host.later(endlessMs, () => {
      this.#runOn();
    });
  }

  #answer(answer: Answer): void {
    if (answer.kind === 'prompt') {
      this.#takeData = answer.take;
      this.#voice.answer(answer.lines ?? []);
      this.#voice.write(Buffer.from(this.family.prompt), '>');
      this.#reader.expectData(answer.sizeBytes);
      return;
    }
    this.#voice.answer(answerLines(answer, this.session.cmee));
    if (answer.kind === 'ok' || answer.kind === 'mute') answer.then();
  }

  /** Undefined: the host called its data off. */
  #finishData(bytes: Buffer | undefined): void {
    const take = this.#takeData;
    this.#takeData = undefined;
    this.host.note('in', bytes ? `(${String(bytes.length)} bytes of data)` : '(called off)');
    if (take) this.#work(() => (bytes ? take(bytes) : ok()));
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
    const quote = this.family.link?.isQuoted === true ? '"' : '';
    const shown = `${head},"${topic}",${quote}${maskMessage(topic, payload)}${quote}`;
    const start = Buffer.from(`\r\n${head},"${topic}",${quote}`);
    this.#voice.write(Buffer.concat([start, payload, Buffer.from(`${quote}\r\n`)]), shown);
  }

  #echo(form: EchoForm, bytes: Buffer): void {
    const isMute = this.faults.has('garbage') || this.faults.has('endless-line');
    if (this.session.hasEcho && !isMute && this.options.echoForm === form) {
      this.#voice.repeat(bytes);
    }
  }

  /** Without a rate of its own, a port has that of the family. */
  #isGarbled(): boolean {
    const isOff = this.faults.has('wrong-baud');
    const rate = this.host.baudRate?.() ?? (isOff ? this.family.baudRate : undefined);
    return rate !== undefined && rate !== this.memory.baudRate;
  }
}

function baudRateOf({ family, faults }: UnitOptions): number {
  if (!faults.has('wrong-baud')) return family.baudRate;
  return family.baudRate === 9_600 ? 115_200 : 9_600;
}
