const CR = 0x0d;
const LF = 0x0a;
const CTRL_Z = 0x1a;
const ESC = 0x1b;
/** Longest command line that is kept; what is longer is refused as a whole. */
const maxLineBytes = 4096;

/** What a line reader finds in the bytes that it is fed. */
export interface LineReaderEvents {
  /** The bytes up to and including a line end, before the line is given; for the echo. */
  typed(bytes: Buffer): void;
  /** A command line without its end, as latin1; undefined when it was too long. */
  line(text: string | undefined): void;
  /** Bytes that count as data; for the echo of units that repeat those, too. */
  given(bytes: Buffer): void;
  /** Exactly as many bytes as `expectData` asked for, or those before Ctrl-Z; undefined after ESC. */
  data(bytes: Buffer | undefined): void;
}

/**
 * Splits what a host sends into command lines and counted data.
 *
 * Shape: CR or LF ends a line and empty lines are skipped, so that a program (CR), a terminal
 * (CR LF) and a person with `nc` (LF) are all understood. In data mode every byte counts, except
 * the LF that belongs to the command's own CR LF.
 */
export class LineReader {
  #line: number[] = [];
  #isTooLong = false;
  #wanted = 0;
  #data: Buffer[] = [];
  #endsWithCrLf = false;
  #isAfterCr = false;
  #resets = 0;

  constructor(private readonly events: LineReaderEvents) {}

  /** Takes the next bytes as data; zero bytes are complete at once, undefined waits for Ctrl-Z. */
  expectData(sizeBytes: number | undefined): void {
    this.#wanted = sizeBytes ?? Infinity;
    this.#data = [];
    if (sizeBytes === 0) this.events.data(Buffer.alloc(0));
  }

  /** Forgets a half line and unfinished data. */
  reset(): void {
    this.#resets += 1;
    this.#line = [];
    this.#isTooLong = false;
    this.#wanted = 0;
    this.#data = [];
    this.#isAfterCr = false;
  }

  /** Reads the next bytes; when a line leads to `reset`, the rest of them is lost. */
  feed(bytes: Buffer): void {
    const resets = this.#resets;
    let at = 0;
    while (at < bytes.length && resets === this.#resets) {
      at = this.#wanted > 0 ? this.#feedData(bytes, at) : this.#feedLine(bytes, at);
    }
  }

  #feedData(bytes: Buffer, from: number): number {
    const start = from + this.#lineEndLeftover(bytes, from);
    const piece = bytes.subarray(start, start + this.#wanted);
    if (this.#wanted === Infinity) return this.#feedOpenData(bytes, start);
    this.#data.push(piece);
    this.#wanted -= piece.length;
    this.events.given(piece);
    if (this.#wanted === 0) this.events.data(Buffer.concat(this.#data));
    return start + piece.length;
  }

  #feedOpenData(bytes: Buffer, from: number): number {
    const rest = bytes.subarray(from);
    const at = rest.findIndex((byte) => byte === CTRL_Z || byte === ESC);
    const piece = at < 0 ? rest : rest.subarray(0, at);
    this.#data.push(piece);
    this.events.given(piece);
    if (at < 0) return bytes.length;
    this.#wanted = 0;
    this.events.data(rest[at] === ESC ? undefined : Buffer.concat(this.#data));
    return from + at + 1;
  }

  /** One when the first byte is the LF of the CR that ended the command, else zero. */
  #lineEndLeftover(bytes: Buffer, from: number): number {
    const isLeftover = this.#isAfterCr && bytes[from] === LF && (from > 0 || this.#endsWithCrLf);
    this.#isAfterCr = false;
    return isLeftover ? 1 : 0;
  }

  #feedLine(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] ?? LF;
      at += 1;
      if (this.#isAfterCr) {
        this.#isAfterCr = false;
        this.#endsWithCrLf = byte === LF;
        if (byte === LF) return at;
      }
      if (byte === CR || byte === LF) {
        this.#isAfterCr = byte === CR;
        this.events.typed(bytes.subarray(from, at));
        this.#endLine();
        return at;
      }
      if (this.#line.length < maxLineBytes) this.#line.push(byte);
      else this.#isTooLong = true;
    }
    this.events.typed(bytes.subarray(from, at));
    return at;
  }

  #endLine(): void {
    const text = Buffer.from(this.#line).toString('latin1');
    const isTooLong = this.#isTooLong;
    this.#line = [];
    this.#isTooLong = false;
    if (isTooLong) this.events.line(undefined);
    else if (text.trim() !== '') this.events.line(text);
  }
}
