import type { Logger } from '../logger.js';
import { TokenBuckets } from './token-buckets.js';

/** Units: lines. */
const rate = { perSecond: 20, burst: 20 };
/** Units: ms until it is told how many lines were left out. */
const tellAfterMs = 1000;

/** Writes lines that may come in storms: at most twenty a second, then how many were left out. */
export class QuietLog {
  readonly #bucket = new TokenBuckets(1);
  #leftOut = 0;

  constructor(private readonly log: Logger) {}

  info(fields: Readonly<Record<string, unknown>>, event: string): void {
    if (this.#bucket.take('', rate, performance.now())) {
      this.log.info(fields, event);
      return;
    }
    if (this.#leftOut === 0)
      setTimeout(() => {
        this.#tell(event);
      }, tellAfterMs).unref();
    this.#leftOut += 1;
  }

  #tell(line: string): void {
    this.log.info({ line, count: this.#leftOut }, 'log.left_out');
    this.#leftOut = 0;
  }
}
