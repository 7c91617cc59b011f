import type { TranscriptLine } from './slot-result.js';

const firstLines = 100;
const lastLines = 300;
/** Units: characters of a line; in all no more than the service keeps of an attempt. */
const longestText = 160;

/** The lines of one conversation: the first hundred and the last three hundred of them. */
export class Transcript {
  private readonly first: TranscriptLine[] = [];
  private readonly last: TranscriptLine[] = [];
  private dropped = 0;

  constructor(private readonly elapsedMs: () => number) {}

  add(direction: TranscriptLine['direction'], text: string): void {
    this.keep({ atMs: Math.round(this.elapsedMs()), direction, text });
  }

  /** Takes a line as it was said before. */
  keep(given: TranscriptLine): void {
    const line = { ...given, text: shortened(given.text) };
    if (this.first.length < firstLines) {
      this.first.push(line);
      return;
    }
    this.last.push(line);
    if (this.last.length > lastLines) {
      this.last.shift();
      this.dropped += 1;
    }
  }

  lines(): readonly TranscriptLine[] {
    const [next] = this.last;
    if (this.dropped === 0 || next === undefined) {
      return [...this.first, ...this.last];
    }
    const text = `(${this.dropped} lines left out)`;
    return [...this.first, { atMs: next.atMs, direction: 'note', text }, ...this.last];
  }
}

function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}
