/** Wakes those who wait for news of a run, at this copy of the service. */
export class RunWatches {
  readonly #open = new Map<number, Set<RunWatch>>();
  #isStopped = false;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How many wait, or are about to. */
  get count(): number {
    return [...this.#open.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Begins to listen; what happens from here on is not missed. Close it in the end. */
  open(runId: number): RunWatch {
    const watch = new RunWatch((done) => {
      const open = this.#open.get(runId);
      open?.delete(done);
      if (open?.size === 0) this.#open.delete(runId);
    });
    const open = this.#open.get(runId) ?? new Set<RunWatch>();
    this.#open.set(runId, open.add(watch));
    return watch;
  }

  /** There may be news of a run; undefined: of any. */
  tell(runId: number | undefined): void {
    const told = runId === undefined ? [...this.#open.values()] : [this.#open.get(runId) ?? []];
    for (const watches of told) for (const watch of watches) watch.tell();
  }

  /** Lets everybody go: nobody shall wait any more. */
  stop(): void {
    this.#isStopped = true;
    this.tell(undefined);
  }
}

/** One that waits. */
export class RunWatch {
  #hasNews = false;
  #wake: (() => void) | undefined;

  constructor(private readonly onClose: (watch: RunWatch) => void) {}

  tell(): void {
    this.#hasNews = true;
    this.#wake?.();
  }

  /** Waits for news since the last call; false when there were none in time. Units: ms. */
  async news(timeoutMs: number): Promise<boolean> {
    if (!this.#hasNews) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const hadNews = this.#hasNews;
    this.#hasNews = false;
    return hadNews;
  }

  close(): void {
    this.onClose(this);
  }
}
