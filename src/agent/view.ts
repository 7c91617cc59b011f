import { LiveTable } from './live-table.js';
import type { SlotRow, Terminal } from './live-table.js';
import { timeText } from './showing.js';

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
  showIdle(row: SlotRow): void;
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
  const told = new Map<number, Set<string>>();
  const say = (line: string): void => {
    stdout.write(`${line}\n`);
  };
  return {
    say,
    warn: (line) => stderr.write(`triplemint: ${line}\n`),
    show: ({ slot }) => told.delete(slot),
    showIdle: ({ slot, state, more }) => {
      const lines = told.get(slot) ?? new Set();
      const line = `slot ${slot}: ${state}${more && `: ${more}`}`;
      if (!lines.has(line)) say(line);
      told.set(slot, lines.add(line));
    },
    showQueue: (text) => {
      say(`${timeText(new Date())} ${text}`);
    },
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
    showIdle: (row) => {
      table.show(row);
    },
    showQueue: (text) => {
      table.showQueue(`${timeText(new Date())} ${text}`);
    },
    clear: () => {
      table.clear();
    },
  };
}
