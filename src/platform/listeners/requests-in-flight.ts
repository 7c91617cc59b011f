import type { TitleCaseResponse } from './title-case-headers.js';

/**
 * Counts the HTTP requests that have no complete answer yet, on whichever port they came.
 *
 * `app.close()` cannot: it does not know requests that came through the TLS demultiplexer.
 */
export class RequestsInFlight {
  readonly #responses = new Set<TitleCaseResponse>();
  #isStopping = false;
  #whenNone: (() => void)[] = [];

  get count(): number {
    return this.#responses.size;
  }

  add(response: TitleCaseResponse): void {
    this.#responses.add(response);
    if (this.#isStopping) response.shouldKeepAlive = false;
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.count === 0) for (const resolve of this.#whenNone.splice(0)) resolve();
    });
  }

  /** From now on answers say `Connection: close`, and streams of events are ended. */
  stop(): void {
    this.#isStopping = true;
    for (const response of this.#responses) {
      if (!response.headersSent) response.shouldKeepAlive = false;
      else if (response.isEventStream && !response.writableEnded) endStream(response);
    }
  }

  /** Resolves when every request has its answer. */
  none(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenNone.push(resolve));
  }
}

function endStream(response: TitleCaseResponse): void {
  response.on('error', () => undefined); // who feeds the stream may write once more
  response.end();
}
