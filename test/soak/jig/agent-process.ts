import { createInterface } from 'node:readline';
import { startCommand } from '../../support/command.js';
import type { Ended, RunningCommand } from '../../support/command.js';

/** A line of the table that the agent shows after a run. */
export interface ShownRow {
  readonly slot: number;
  /** Without `(waiting)`, which says that the service does not know it yet. */
  readonly outcome: string;
  readonly isWaiting: boolean;
  readonly reason: string;
  readonly deviceName: string;
}

/** What one closing of the jig showed. */
export interface ShownTable {
  readonly rows: readonly ShownRow[];
}

/** A bench agent in a process of its own, in front of an operator who presses Enter. */
export class AgentProcess {
  readonly #running: RunningCommand;
  #hearTable: (table: ShownTable | undefined) => void = () => undefined;
  #isReady: Promise<boolean>;

  constructor(args: readonly string[], settings: Readonly<Record<string, string>>) {
    this.#running = startCommand(['agent', ...args], settings, true);
    const { child, ended } = this.#running;
    child.stdin?.on('error', () => undefined);
    this.#isReady = new Promise((resolve) => {
      this.#watch(() => {
        resolve(true);
      });
      void ended.then(() => {
        resolve(false);
        this.#hearTable(undefined);
      });
    });
  }

  get ended(): Promise<Ended> {
    return this.#running.ended;
  }

  /** Waits until it asks for Enter. Shape: false when it ended instead. */
  get isReady(): Promise<boolean> {
    return this.#isReady;
  }

  /** Closes the jig once. Shape: undefined when the agent ended before it showed a table. */
  async press(): Promise<ShownTable | undefined> {
    const shown = new Promise<ShownTable | undefined>((resolve) => {
      this.#hearTable = resolve;
      void this.ended.then(() => {
        resolve(undefined);
      });
    });
    this.#running.child.stdin?.write('\n');
    return await shown;
  }

  kill(): void {
    this.#running.child.kill('SIGKILL');
  }

  /** Ends its input, and waits until it has ended by itself. */
  async end(): Promise<Ended> {
    this.#running.child.stdin?.end();
    return await this.ended;
  }

  #watch(onReady: () => void): void {
    const { stdout } = this.#running.child;
    if (!stdout) return;
    let head: readonly string[] = [];
    let rows: ShownRow[] = [];
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('close the jig')) onReady();
      const cells = line.split(/ {2,}/);
      if (cells[0] === 'slot') head = cells;
      else if (/^\d+$/.test(cells[0] ?? '')) rows.push(rowOf(head, cells));
      if (!line.startsWith('queue: ')) return;
      this.#hearTable({ rows });
      rows = [];
    });
  }
}

/** Shape: `1  PASS (waiting)  -  …` under `slot  outcome  reason  …`. */
function rowOf(head: readonly string[], cells: readonly string[]): ShownRow {
  const cell = (name: string): string => cells[head.indexOf(name)] ?? '';
  const [outcome = '', waiting] = cell('outcome').split(' ');
  return {
    slot: Number(cells[0]),
    outcome,
    isWaiting: waiting !== undefined,
    reason: cell('reason'),
    deviceName: cell('deviceName'),
  };
}
