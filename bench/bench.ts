import type { Cleanup } from './cleanup.js';

/** What every measurement is given. */
export interface Bench {
  readonly cleanup: Cleanup;
  /** Smaller sizes and fewer rounds: to see that everything runs, not to quote. */
  readonly isQuick: boolean;
  /** Also the sizes that take many minutes. */
  readonly isLong: boolean;
  /** Tells how far it is. */
  say(line: string): void;
}

/** Breaks the whole bench off: figures of wrong work are worth nothing. */
export function assertRight(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(`wrong: ${what}`);
}
