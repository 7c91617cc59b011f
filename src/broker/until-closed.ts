import type { Duplex } from 'node:stream';

/** Resolves when a stream is closed, after a time, or when a signal says so. Units: ms. */
export function untilClosed(stream: Duplex, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      stream.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (stream.closed || signal?.aborted) {
      done();
      return;
    }
    signal?.addEventListener('abort', done);
    stream.on('close', done);
  });
}
