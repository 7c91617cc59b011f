import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../core/errors.js';
import { readIfPresent, replaceFile } from '../platform/files.js';
import { openWork, parseEntry } from './journal-entry.js';
import type { JournalEntry, OpenWork } from './journal-entry.js';

/**
 * What the agent must not forget, as lines of JSON in a file that only grows while it runs.
 *
 * Shape: opened, it is rewritten with what is still open. A last line that the power cut in two is
 * left out; its deed has not been done yet, for a deed follows its line.
 */
export class Journal {
  private last: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private sizeBytes: number,
    /** What an earlier agent has left open. */
    readonly found: OpenWork,
  ) {}

  /** Errors: `agent.state_unusable` where a line is damaged, or the folder cannot be written. */
  static async open(folder: string): Promise<Journal> {
    const path = join(folder, 'journal.jsonl');
    try {
      const found = openWork(entriesOf(path, await readIfPresent(path)));
      const { owner, unfinished, waiting } = found;
      const kept = [...(owner ? [owner] : []), ...unfinished, ...waiting];
      const text = Buffer.from(kept.map(lineOf).join(''));
      await replaceFile(path, text);
      return new Journal(path, await open(path, 'a'), text.length, found);
    } catch (cause) {
      if (cause instanceof DomainError) throw cause;
      const detail = `${path}: ${cause instanceof Error ? cause.message : 'unusable'}`;
      throw new DomainError('agent.state_unusable', detail, {}, { cause });
    }
  }

  /** Adds lines; they are on the disk when the promise is kept. Errors: those of the file system. */
  append(...entries: readonly Exclude<JournalEntry, { kind: 'settled' }>[]): Promise<void> {
    return this.write(entries, true);
  }

  /** Notes that results have been answered; were that lost, they would only be sent once more. */
  settle(requestIds: readonly string[]): Promise<void> {
    return this.write(
      requestIds.map((requestId) => ({ kind: 'settled', requestId })),
      false,
    );
  }

  async close(): Promise<void> {
    await this.last.catch(() => undefined);
    await this.file.close();
  }

  private write(entries: readonly JournalEntry[], isDurable: boolean): Promise<void> {
    const written = this.last.catch(() => undefined).then(() => this.add(entries, isDurable));
    this.last = written;
    return written;
  }

  private async add(entries: readonly JournalEntry[], isDurable: boolean): Promise<void> {
    if (entries.length === 0) return;
    const lines = Buffer.from(entries.map(lineOf).join(''));
    try {
      await this.file.appendFile(lines);
      if (isDurable) await this.file.datasync();
      this.sizeBytes += lines.length;
    } catch (error) {
      // Half a line must not stand before the next one.
      await this.file.truncate(this.sizeBytes).catch(() => undefined);
      throw error;
    }
  }
}

function lineOf(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

function entriesOf(path: string, content: Buffer | undefined): JournalEntry[] {
  const lines = (content?.toString('utf8') ?? '').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const entry = parseEntry(line);
    if (entry) return entry;
    throw new DomainError('agent.state_unusable', `${path}: line ${index + 1} is damaged.`);
  });
}
