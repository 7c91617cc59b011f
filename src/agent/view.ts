import { LiveTable } from './live-table.js';
import type { SlotRow, Terminal } from './live-table.js';

/** Where an agent tells what it does. Shape: whole lines; `show` and `showQueue` may change in place. */
export interface View {
  say(line: string): void;
  /** Tells what must be looked at by a person. */
  warn(line: string): void;
  show(row: SlotRow): void;
  showQueue(text: string): void;
  /** Takes away what changes in place. */
  clear(): void;
}

/** Tells everything as lines that stay. */
export function plainView(): View {
  return {
    say: (line) => process.stdout.write(`${line}\n`),
    warn: (line) => process.stderr.write(`triplemint: ${line}\n`),
    show: () => undefined,
    showQueue: (text) => process.stdout.write(`${text}\n`),
    clear: () => undefined,
  };
}

/** Tells it on a terminal, with a table of the slots below. */
export function liveView(terminal: Terminal): View {
  const table = new LiveTable(terminal);
  const plain = plainView();
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
      table.show(row);
    },
    showQueue: (text) => {
      table.showQueue(text);
    },
    clear: () => {
      table.clear();
    },
  };
}
