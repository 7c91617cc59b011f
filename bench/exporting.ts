import { LineCounter } from '../src/commands/line-counter.js';
import { residentMegabytes } from './process.js';
import type { Service } from './service.js';

/** What an export came to. Units: MB of 1,000,000 bytes, the most beyond what was there before. */
export interface Exported {
  readonly seconds: number;
  readonly count: number;
  readonly grownMegabytes: number;
}

/** Units: ms between two looks at the memory. */
const lookEveryMs = 50;

/** Exports an order as CSV and reads it as fast as it comes. */
export async function exportOnce({ api, pid }: Service, orderId: string): Promise<Exported> {
  const before = await residentMegabytes(pid);
  let most = before;
  const timer = setInterval(() => {
    void residentMegabytes(pid).then((size) => (most = Math.max(most, size)));
  }, lookEveryMs);
  try {
    const startedAt = performance.now();
    const reply = await api.open('GET', `/orders/${orderId}/triples?format=csv`);
    const lines = reply.pipe(new LineCounter()).resume();
    await new Promise((resolve, reject) => {
      reply.once('error', reject);
      lines.once('end', resolve);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, count: lines.count - 1, grownMegabytes: most - before };
  } finally {
    clearInterval(timer);
  }
}

/** Exports an order again and again until it is told to stop; the last one breaks off. */
export function keepExporting({ api }: Service, orderId: string): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const reply = await api.open('GET', `/orders/${orderId}/triples?format=csv`);
      const cut = (): void => {
        reply.destroy();
      };
      stopping.signal.addEventListener('abort', cut, { once: true });
      await new Promise((resolve) => reply.resume().once('close', resolve));
      stopping.signal.removeEventListener('abort', cut);
    }
  };
  const working = work();
  working.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}
