import { styleText } from 'node:util';
import type { Outcome } from '../jig/slot-result.js';

/** A terminal, or what stands for one. Shape: `hasColors` knows of NO_COLOR and of dumb terminals. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  hasColors?: () => boolean;
  write(text: string): unknown;
}

/** A slot as it is shown. Shape: `state` is a phase, an outcome or a word; `more` is for a person. */
export interface SlotRow {
  readonly slot: number;
  readonly state: string;
  readonly more: string;
}

const slotWidth = 4;
const stateWidth = 14;
/** Lines beside those of the slots: head, queue, and the one where the cursor stands. */
const otherLines = 3;

/** A table at the foot of a terminal that changes in place; what is said goes above it. */
export class LiveTable {
  private rows = new Map<number, SlotRow>();
  private queue = '';
  private drawnLines = 0;

  constructor(private readonly terminal: Terminal) {}

  /** Shows how it stands with a slot. */
  show(row: SlotRow): void {
    const shown = this.rows.get(row.slot);
    this.rows.set(row.slot, row);
    if (shown?.state !== row.state || shown.more !== row.more) this.redraw();
  }

  /** Shows where the queue of results stands; where there is no table, as a line. */
  showQueue(text: string): void {
    this.queue = text;
    if (this.drawnLines > 0) this.redraw();
    else this.terminal.write(`${text}\n`);
  }

  /** Lets something be written above the table. */
  above(write: () => void): void {
    const wasDrawn = this.drawnLines > 0;
    this.erase();
    write();
    if (wasDrawn) this.redraw();
  }

  /** Takes the table away. */
  clear(): void {
    this.erase();
    this.rows = new Map();
  }

  /** A terminal cannot go back to a line that has left it above: of a table that is too high nothing is drawn. */
  private redraw(): void {
    const { terminal } = this;
    if (this.rows.size + otherLines > (terminal.rows ?? Infinity)) {
      this.erase();
      return;
    }
    const slots = [...this.rows.values()].sort((a, b) => a.slot - b.slot);
    const head = this.line({ slot: 'slot', state: 'state', more: 'unit' });
    const queue = this.queue === '' ? [] : [this.cut(`queue: ${this.queue}`)];
    const lines = [head, ...slots.map((row) => this.line(row)), ...queue];
    // In one write: a terminal that draws in between would flicker.
    terminal.write(this.wayBack() + lines.map((line) => `${line}\n`).join(''));
    this.drawnLines = lines.length;
  }

  private erase(): void {
    if (this.drawnLines > 0) this.terminal.write(this.wayBack());
    this.drawnLines = 0;
  }

  /** Source: ECMA-48, CPL (cursor up, to the first column) and ED (erase below). */
  private wayBack(): string {
    return this.drawnLines > 0 ? `\u001b[${this.drawnLines}F\u001b[J` : '';
  }

  private line({ slot, state, more }: Omit<SlotRow, 'slot'> & { slot: number | string }): string {
    const text = `${String(slot).padEnd(slotWidth)}  ${state.padEnd(stateWidth)}  ${more}`;
    const colour = this.terminal.hasColors?.() === true ? colourOf(state) : undefined;
    // Cut first: what cannot be seen has no width.
    const shown = this.cut(text);
    if (colour === undefined) return shown;
    return shown.replace(state, styleText(colour, state, { validateStream: false }));
  }

  /** A line that wraps would be two to go back over. */
  private cut(text: string): string {
    return text.slice(0, (this.terminal.columns ?? Infinity) - 1).trimEnd();
  }
}

const colours: Readonly<Record<Outcome, 'green' | 'red'>> = {
  PASS: 'green',
  FAIL: 'red',
  ERROR: 'red',
  TIMEOUT: 'red',
  ABORTED: 'red',
};

function colourOf(state: string): 'green' | 'red' | undefined {
  return isOutcome(state) ? colours[state] : undefined;
}

function isOutcome(state: string): state is Outcome {
  return Object.hasOwn(colours, state);
}
