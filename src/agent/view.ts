import { LiveTable } from './live-table.js';
import type { SlotRow, Terminal } from './live-table.js';
import { timeText } from './showing.js';
import type { IdleRow } from './showing.js';

/**
 * Where an agent tells what it does.
 *
 * Shape: whole lines; `show`, `showIdle` and `showQueue` may change in place.
 */
export interface View {
  say(line: string): void;
  /** Tells what must be looked at by a person. */
  warn(line: string): void;
  show(row: SlotRow): void;
  /** Shows that a slot which is watched has nothing to do; told after each look. */
  showIdle(row: IdleRow): void;
  showQueue(text: string): void;
  /** Takes away what changes in place. */
  clear(): void;
}

/** Where lines go. Shape: as a process has it. */
export interface Outputs {
  readonly stdout: Pick<Terminal, 'write'>;
  readonly stderr: Pick<Terminal, 'write'>;
}

/** Tells everything as lines that stay; why a slot is idle once, until it has had something to do. */
export function plainView({ stdout, stderr }: Outputs = process): View {
  const idle = new IdleLines();
  const say = (line: string): void => {
    stdout.write(`${line}\n`);
  };
  return {
    say,
    warn: (line) => stderr.write(`triplemint: ${line}\n`),
    show: ({ slot }) => {
      idle.forget(slot);
    },
    showIdle: (row) => {
      if (idle.isNews(row)) say(idleLine(row));
    },
    showQueue: (text) => {
      say(`${timeText(new Date())} ${text}`);
    },
    clear: () => undefined,
  };
}

/** What has been said of slots that have nothing to do. */
class IdleLines {
  private readonly told = new Map<number, Set<string>>();

  isNews(row: IdleRow): boolean {
    const lines = this.told.get(row.slot) ?? new Set();
    const isNews = !lines.has(idleLine(row));
    this.told.set(row.slot, lines.add(idleLine(row)));
    return isNews;
  }

  forget(slot: number): void {
    this.told.delete(slot);
  }
}

function idleLine({ slot, state, more, detail = '' }: IdleRow): string {
  return [`slot ${slot}`, state, more, detail].filter((text) => text !== '').join(': ');
}

/** Tells it on a terminal, with a table of the slots below. */
export function liveView(terminal: Terminal): View {
  const table = new LiveTable(terminal);
  const plain = plainView();
  const idle = new IdleLines();
  return {
    say: (line) => {
      table.above(() => terminal.write(`${line}\n`));
    },
    warn: (line) => {
      table.above(() => {
        plain.warn(line);
      });
    },
    show: (row) => {
      idle.forget(row.slot);
      table.show(row);
    },
    showIdle: (row) => {
      table.show(row);
      if (row.detail === undefined || !idle.isNews(row)) return;
      table.above(() => terminal.write(`${idleLine(row)}\n`));
    },
    showQueue: (text) => {
      table.showQueue(`${timeText(new Date())} ${text}`);
    },
    clear: () => {
      table.clear();
    },
  };
}
