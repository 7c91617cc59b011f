/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Units: ms between two lines where lines stay. */
const lineEveryMs = 5_000;

/** What is done so far. Shape: `of` is all of it; absent where nobody knows. */
export interface Done {
  readonly count: number;
  readonly of?: number;
}

/** Writes how far long work is, for a person. Units: seconds since it began. */
export function progressText({ count, of }: Done, seconds: number): string {
  const rate = seconds > 0 ? count / seconds : 0;
  const done = of === undefined ? shown(count) : `${shown(count)} of ${shown(of)}`;
  const parts = [done, `${shown(rate)}/s`];
  if (of !== undefined && of > 0) {
    parts.push(`${Math.floor((100 * count) / of)} %`);
    if (rate > 0 && count < of) parts.push(`${Math.ceil((of - count) / rate)} s left`);
  }
  return parts.join(', ');
}

/** Shows how far long work is: one moving line on a terminal, else a line every five seconds. */
export class ProgressLine {
  readonly #startedAtMs = performance.now();
  #shownAtMs = this.#startedAtMs;
  #hasLine = false;

  constructor(
    private readonly what: string,
    private readonly output: ProgressOutput = process.stderr,
  ) {}

  /** Units: seconds since the work began. */
  get seconds(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  tell(done: Done): void {
    const line = `${this.what}: ${progressText(done, this.seconds)}`;
    if (this.output.isTTY === true) {
      this.output.write(`\r${line}\u001b[K`);
      this.#hasLine = true;
      return;
    }
    const now = performance.now();
    if (now - this.#shownAtMs < lineEveryMs) return;
    this.#shownAtMs = now;
    this.output.write(`${line}\n`);
  }

  /** Takes the moving line away; what comes next begins on a line of its own. */
  end(): void {
    if (this.#hasLine) this.output.write('\r\u001b[K');
    this.#hasLine = false;
  }
}

function shown(count: number): string {
  return Math.round(count).toLocaleString('en');
}
