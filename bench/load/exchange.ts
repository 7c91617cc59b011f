/** What one device says and hears, ready for the wire. */
export interface Exchange {
  readonly bytes: Buffer;
  /** What the reader compares the answer with. */
  readonly expected: string;
}

/** How answers are read. Shape: an answer is what came so far, as latin1. */
export interface Reader {
  readonly isWhole: (answer: string, expected: string) => boolean;
  /** What was given, different for every device; undefined for a wrong answer. */
  readonly givenIn: (answer: string, expected: string) => string | undefined;
}
