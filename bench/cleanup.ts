/** What must be undone at the end, whatever happened; the last thing first. */
export class Cleanup {
  readonly #works: (() => Promise<void>)[] = [];
  #hasBegun = false;

  /** Call it before something is started. Errors: the end has begun; nothing may start any more. */
  assertOpen(): void {
    if (this.#hasBegun) throw new Error('interrupted');
  }

  add(work: () => Promise<void>): void {
    this.#works.push(work);
  }

  /** Undoes everything that is not undone yet; a failure is told and does not hold up the rest. */
  async run(onFailure: (error: unknown) => void): Promise<void> {
    this.#hasBegun = true;
    for (let work = this.#works.pop(); work; work = this.#works.pop()) {
      await work().catch(onFailure);
    }
  }
}

/** Rejects at Ctrl-C or SIGTERM. From then on neither ends the process before it has cleaned up. */
export function interruption(): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new Error('interrupted'));
      });
    }
  });
  promise.catch(() => undefined);
  return promise;
}
