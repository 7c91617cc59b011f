/** How bytes travel. Units: baud (10 bits a byte); undefined is as fast as it goes. */
export interface WireOptions {
  readonly baudRate?: number | undefined;
  /** The size of the next piece in bytes; undefined delivers whatever is there at once. */
  readonly nextPieceSize?: (() => number) | undefined;
}

const bitsPerByte = 10;

/**
 * One direction of a serial line: takes bytes at once and delivers them when a real line would.
 *
 * Paced by due time: each byte has its moment counted from the start of the burst, so late timers
 * do not add up.
 */
export class Wire {
  #waiting: Buffer = Buffer.alloc(0);
  /** When the line becomes free after the bytes delivered so far. Units: ms of `performance.now()`. */
  #freeAtMs = 0;
  #pieceSize = 0;
  #cancel: (() => void) | undefined;
  readonly #msPerByte: number;

  constructor(
    private readonly options: WireOptions,
    private readonly deliver: (bytes: Buffer) => void,
  ) {
    this.#msPerByte = options.baudRate === undefined ? 0 : (bitsPerByte * 1000) / options.baudRate;
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.options.baudRate === undefined && !this.options.nextPieceSize) {
      this.deliver(bytes);
      return;
    }
    if (this.#waiting.length === 0) this.#freeAtMs = Math.max(this.#freeAtMs, performance.now());
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    if (!this.#cancel) this.#schedule();
  }

  /** Forgets what has not been delivered. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = Buffer.alloc(0);
  }

  #schedule(): void {
    this.#pieceSize = this.options.nextPieceSize?.() ?? 1;
    const size = Math.min(this.#pieceSize, this.#waiting.length);
    const waitMs = this.#freeAtMs + size * this.#msPerByte - performance.now();
    const run = (): void => {
      this.#tick();
    };
    if (waitMs > 0) {
      const timer = setTimeout(run, Math.ceil(waitMs));
      this.#cancel = () => {
        clearTimeout(timer);
      };
    } else {
      const immediate = setImmediate(run);
      this.#cancel = () => {
        clearImmediate(immediate);
      };
    }
  }

  #tick(): void {
    this.#cancel = undefined;
    const size = this.options.nextPieceSize ? this.#pieceSize : this.#dueCount();
    const piece = this.#waiting.subarray(0, size);
    this.#waiting = this.#waiting.subarray(piece.length);
    this.#freeAtMs += piece.length * this.#msPerByte;
    if (this.#waiting.length > 0) this.#schedule();
    this.deliver(piece);
  }

  #dueCount(): number {
    if (this.#msPerByte === 0) return this.#waiting.length;
    return Math.max(1, Math.floor((performance.now() - this.#freeAtMs) / this.#msPerByte));
  }
}
