import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Api } from '../commands/api-client.js';
import type { SlotResult, TranscriptLine } from '../jig/slot-result.js';
import { isWorthRepeating } from './patience.js';

/** What transcripts work with. Shape: `folder` is the state directory; `maxBytes` bounds one file. */
export interface TranscriptsParts {
  readonly api: Api;
  readonly folder: string;
  readonly onTrouble: (error: unknown) => void;
  readonly maxBytes?: number;
}

/** A transcript on its way to the service. */
interface Waiting {
  readonly claimId: string;
  readonly attempt: number;
  readonly lines: readonly TranscriptLine[];
}

const usualMaxBytes = 16 * 1024 * 1024;
/** Transcripts that wait in memory while the link is away; the oldest stay on this PC only. */
const mostWaiting = 500;
/** Units: characters that the service takes as one transcript. */
const mostCharacters = 65_536;

/**
 * Keeps what was said with each unit on this PC, and brings it to the service when it can.
 *
 * Shape: `transcripts/new.jsonl`, a line a slot, becomes `old.jsonl` when it is full, so no more than
 * two files are there. A result is a promise, a transcript is not: what could not be sent before the
 * agent ended stays here.
 */
export class Transcripts {
  private readonly waiting: Waiting[] = [];
  private writing: Promise<void> = Promise.resolve();
  private sending: Promise<void> | undefined;

  constructor(private readonly parts: TranscriptsParts) {}

  /** The file that the newest ones are in. */
  get path(): string {
    return join(this.parts.folder, 'transcripts', 'new.jsonl');
  }

  /** Keeps the transcript of a slot. Shape: without an attempt there is nobody to send it to. */
  keep(result: SlotResult): void {
    const { transcript, claimId, attempt } = result;
    const line = `${JSON.stringify({ at: new Date().toISOString(), ...result })}\n`;
    this.writing = this.writing.then(() => this.write(line)).catch(this.parts.onTrouble);
    if (claimId === undefined || attempt === undefined || transcript.length === 0) return;
    this.waiting.push({ claimId, attempt, lines: fitting(transcript) });
    if (this.waiting.length > mostWaiting) this.waiting.shift();
  }

  /** Sends what waits, as long as the service answers; never rejects. */
  send(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  /** Waits until all is on the disk. */
  async close(): Promise<void> {
    await this.writing;
  }

  private async sendAll(): Promise<void> {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      const { claimId, ...body } = next;
      try {
        (await this.parts.api.open('POST', `/claims/${claimId}/transcript`, body)).resume();
      } catch (error) {
        if (isWorthRepeating(error)) return;
        this.parts.onTrouble(error);
      }
      const index = this.waiting.indexOf(next);
      if (index >= 0) this.waiting.splice(index, 1);
    }
  }

  private async write(line: string): Promise<void> {
    const { path } = this;
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    if (sizeBytes + line.length > (this.parts.maxBytes ?? usualMaxBytes)) {
      await rename(path, join(folder, 'old.jsonl')).catch(() => undefined);
    }
    await appendFile(path, line, { mode: 0o600 });
  }
}

/** Leaves out the lines that the service would not take for want of room, and says so. */
function fitting(lines: readonly TranscriptLine[]): readonly TranscriptLine[] {
  let characters = 0;
  const end = lines.findIndex(({ text }) => (characters += text.length) > mostCharacters - 100);
  if (end < 0) return lines;
  const text = `(${lines.length - end} lines left out)`;
  return [...lines.slice(0, end), { atMs: lines[end]?.atMs ?? 0, direction: 'note', text }];
}
