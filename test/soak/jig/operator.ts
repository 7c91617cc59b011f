import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentProcess } from './agent-process.js';
import type { ShownRow, ShownTable } from './agent-process.js';
import type { Board, Boards } from './boards.js';
import type { Dice } from './dice.js';

/** Where the operator works. Shape: `flags` are those of the agent but for its slots. */
export interface Bench {
  readonly boards: Boards;
  /** The dialect of each family. */
  readonly dialects: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly dice: Dice;
}

/** What the shift came to, as the operator saw it. */
export interface OperatorCounts {
  rounds: number;
  passes: number;
  waitingPasses: number;
  agentsKilled: number;
  unitsNamed: number;
  readonly failures: Map<string, number>;
}

/** After so many failures of its own a unit is put aside. */
const mostFailures = 3;
/** Runs in which a jig that nothing disturbs brings every unit to an end. */
const mostSettling = 10;
/** Reasons that take long to find out, and say all at once: the unit is put aside. */
const hopeless = /^(no_answer|garbage)$/;
/** Share of the runs in which the agent is killed. */
const killShare = 0.6;
/** Reasons that say nothing of the unit: it stays on the jig. */
const innocent = /^(claim_unanswered|confirm_unanswered|port_\w+|internal|slot_timeout)$/;

/** Closes the jig, looks at the table, takes out what passed, and starts the agent when it is dead. */
export class Operator {
  readonly counts: OperatorCounts = {
    rounds: 0,
    passes: 0,
    waitingPasses: 0,
    agentsKilled: 0,
    unitsNamed: 0,
    failures: new Map(),
  };
  /** Sentences on what must never be. */
  readonly violations: string[] = [];
  /** Everything that agents printed. */
  readonly output: string[] = [];
  /** By slot of the agent: boards are put into its slots in any order. */
  #places = new Map<number, Board>();
  #cycleMs = 2_000;

  constructor(private readonly bench: Bench) {}

  /** Works until it is time to end. */
  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#shiftOfAgent(isOver);
  }

  /** Puts every unit whose end is not known on the jig again until it is, undisturbed. */
  async settle(): Promise<void> {
    for (let round = 1; ; round += 1) {
      const open = this.bench.boards.inSlots.filter(({ hasEnded }) => !hasEnded);
      if (open.length === 0) return;
      if (round > mostSettling) {
        this.violations.push(`${open.length} units come to no end, though nothing disturbs them`);
        return;
      }
      const agent = await this.#startAgent(open, ['--once']);
      const table = await agent.press();
      await this.#close(agent);
      if (table) this.#look(table);
    }
  }

  /** One life of an agent. */
  async #shiftOfAgent(isOver: () => boolean): Promise<void> {
    const agent = await this.#startAgent(this.bench.boards.inSlots, []);
    let isAlive = await agent.isReady;
    while (isAlive && !isOver()) {
      const startedAt = performance.now();
      const cancelKill = this.#maybeKill(agent);
      const table = await agent.press();
      cancelKill();
      isAlive = table !== undefined;
      if (!table) break;
      this.#cycleMs = performance.now() - startedAt;
      this.#look(table);
      for (const board of this.bench.boards.inSlots) {
        if (board.hasEnded) this.#swap(board);
      }
    }
    await this.#close(agent);
  }

  /** At any moment of the cycle, and a little beyond. */
  #maybeKill(agent: AgentProcess): () => void {
    const { dice } = this.bench;
    const [isHit, afterMs] = [dice.fraction() < killShare, dice.between(0, 1.2 * this.#cycleMs)];
    if (!isHit) return () => undefined;
    const timer = setTimeout(() => {
      this.counts.agentsKilled += 1;
      agent.kill();
    }, afterMs);
    return () => {
      clearTimeout(timer);
    };
  }

  async #startAgent(boards: readonly Board[], more: readonly string[]): Promise<AgentProcess> {
    const { dice, flags, settings, folder, dialects } = this.bench;
    this.#places = new Map(dice.shuffled(boards).map((board, index) => [index + 1, board]));
    const { ports } = this.bench.boards.simulator;
    const slots = [...this.#places].map(([slot, board]) => {
      const { host = '', port = 0, family = '' } = ports[board.slot - 1] ?? {};
      return { slot, port: `tcp://${host}:${port}`, dialect: dialects[family] };
    });
    const file = join(folder, 'slots.json');
    await writeFile(file, JSON.stringify(slots));
    return new AgentProcess([...flags, '--slots', file, ...more], settings);
  }

  async #close(agent: AgentProcess): Promise<void> {
    const { exitCode, stdout, stderr } = await agent.end();
    this.output.push(stdout, stderr);
    this.counts.unitsNamed += [...stderr.matchAll(/was left unfinished/g)].length;
    if (exitCode === 2) this.violations.push(`the agent did not begin: ${stderr}`);
  }

  #swap(board: Board): void {
    this.bench.boards.swap(board.slot);
    for (const [slot, placed] of this.#places) {
      if (placed === board) this.#places.set(slot, this.bench.boards.in(board.slot));
    }
  }

  #look({ rows }: ShownTable): void {
    this.counts.rounds += 1;
    for (const row of rows) {
      const board = this.#places.get(row.slot);
      if (board) this.#judge(board, row);
    }
  }

  #judge(board: Board, { outcome, isWaiting, reason, deviceName }: ShownRow): void {
    if (outcome === 'PASS') {
      this.counts.passes += 1;
      if (isWaiting) this.counts.waitingPasses += 1;
      board.passedAs = deviceName;
      board.hasEnded = true;
      return;
    }
    this.counts.failures.set(reason, (this.counts.failures.get(reason) ?? 0) + 1);
    if (innocent.test(reason)) return;
    board.failures += hopeless.test(reason) ? mostFailures : 1;
    board.hasEnded = board.failures >= mostFailures;
  }
}
