import type { Chances } from './chances.js';
import type { Family } from './context.js';
import type { FaultName } from './faults.js';
import { shownOf, textOf } from './line.js';
import type { Line } from './line.js';
import { seededBytes } from './seeded-bytes.js';

/** Whose voice it is. Shape: `areUrcsHere` false where unasked lines go to another port. */
export interface Speaker {
  readonly family: Family;
  readonly faults: ReadonlySet<FaultName>;
  readonly chances: Chances;
  /** The noise of a unit depends on this alone. */
  readonly seed: string;
  areUrcsHere(): boolean;
  /** Whether the port listens at another rate than the unit speaks at. */
  isGarbled(): boolean;
}

/** Where a voice is heard. */
export interface Audience {
  send(bytes: Buffer): void;
  note(direction: 'out', text: string): void;
}

/** All that a unit says on the serial line: the dress of its lines, and what its faults make of them. */
export class Voice {
  readonly #noise: Generator<number, never, undefined>;

  constructor(
    private readonly speaker: Speaker,
    private readonly audience: Audience,
  ) {
    this.#noise = seededBytes(speaker.seed);
  }

  /** Says a line that no command asked for, or that comes after its OK. */
  report(said: Line): void {
    if (this.speaker.areUrcsHere()) this.#say(said, '\r\n');
  }

  /** Says the lines of an answer; one without a line has no place for noise. */
  answer(lines: readonly Line[]): void {
    const { chances, family } = this.speaker;
    const noise = lines.length === 0 ? undefined : chances.noise(family.noise);
    const said = [...lines];
    if (noise) {
      const places = { before: 0, between: Math.min(1, lines.length - 1), glued: lines.length - 1 };
      said.splice(places[noise.where], 0, noise.line);
    }
    said.forEach((each, at) => {
      const isGlued = noise?.where === 'glued' && at === said.length - 1;
      this.#say(each, isGlued || (family.isCompact && at > 0) ? '' : '\r\n');
    });
  }

  /** Writes bytes, with what may be seen of them. */
  write(bytes: Buffer, shown: string): void {
    this.audience.note('out', shown);
    this.repeat(bytes);
  }

  /** Writes bytes of the host once more, which nobody needs to see. */
  repeat(bytes: Buffer): void {
    this.audience.send(this.speaker.isGarbled() ? this.#noiseBytes(bytes.length) : bytes);
  }

  /** Writes bytes that are no text in any line discipline, so no host can take them for an answer. */
  babble(): void {
    const size = 4 + (this.#noise.next().value % 20);
    this.write(this.#noiseBytes(size), `(${String(size)} bytes of noise)`);
  }

  #say(said: Line, start: string): void {
    const text = textOf(said, this.speaker.faults.has('masked-read-back'));
    this.write(Buffer.from(`${start}${text}\r\n`), shownOf(said));
  }

  #noiseBytes(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.#noise.next().value | 0x80));
  }
}
