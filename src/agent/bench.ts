import type { Api } from '../commands/api-client.js';
import type { DomainError } from '../core/errors.js';
import { runJig } from '../jig/jig.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { HttpClaims } from './http-claims.js';
import type { Journal } from './journal.js';
import type { ResultEntry } from './journal-entry.js';
import { Outbox } from './outbox.js';
import type { Patience } from './patience.js';
import { reasonOf } from './patience.js';
import { queueText, runTable, unfinishedText } from './showing.js';
import type { Work } from './station.js';
import { tellResults } from './tell-results.js';

/** What a bench works with. Shape: `say` takes whole lines; `signal` ends it at the next border. */
export interface BenchParts {
  readonly api: Api;
  readonly journal: Journal;
  readonly patience: Patience;
  readonly isVerbose: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Hears what must be looked at by a person. */
  readonly warn: (line: string) => void;
}

/** The jig of this PC: runs it, keeps its results, tells the service. */
export class Bench {
  private readonly outbox: Outbox;
  private readonly claims: HttpClaims;
  private readonly phases = new Map<number, SlotPhase>();
  private queue: string;
  private areAllTaken = true;

  constructor(private readonly parts: BenchParts) {
    const { api, journal, patience, signal } = parts;
    this.outbox = new Outbox({
      journal,
      patience,
      send: (batch) => tellResults(api, batch),
      onState: () => {
        this.showQueue();
      },
      onRefused: (result, refusal) => {
        this.showRefusal(result, refusal);
      },
    });
    this.queue = queueText(this.outbox.state);
    const countIn = (phase: SlotPhase): number =>
      [...this.phases.values()].filter((one) => one === phase).length;
    this.claims = new HttpClaims({ api, journal, outbox: this.outbox, patience, signal, countIn });
  }

  /** Names what an earlier agent has left, and begins to send it. */
  open(): void {
    const { unfinished, waiting } = this.parts.journal.found;
    for (const one of unfinished) this.parts.warn(unfinishedText(one));
    if (waiting.length === 0) return;
    this.parts.say(`${waiting.length} results of an earlier run are waiting`);
    void this.outbox.drained(0);
  }

  /** Closes the jig once. Shape: true where every slot has passed. Never rejects for a slot. */
  async run({ slots, orderId }: Work): Promise<boolean> {
    const { say, warn, signal, isVerbose } = this.parts;
    const results: readonly SlotResult[] = await runJig({
      slots,
      orderId,
      claims: this.claims,
      signal,
      onProgress: ({ slot, phase }) => {
        this.phases.set(slot, phase);
        if (isVerbose) say(`slot ${slot}: ${phase}`);
      },
      onResult: ({ slot }) => {
        this.phases.delete(slot);
      },
      onError: (slot, error) => {
        warn(`slot ${slot}: ${reasonOf(error)}`);
      },
    });
    say(runTable(results, (claimId) => this.outbox.isWaiting(claimId)).trimEnd());
    say(`queue: ${queueText(this.outbox.state)}`);
    return results.every(({ outcome }) => outcome === 'PASS');
  }

  /** Ends; what waits stays in the journal. Shape: true where every result was taken. */
  async close(): Promise<boolean> {
    const isSent = await this.outbox.drained(this.parts.patience.endMs);
    await this.outbox.close();
    if (!isSent) {
      const { waiting } = this.outbox.state;
      this.parts.warn(`${waiting} results are still waiting: start the agent again to send them`);
    }
    return isSent && this.areAllTaken;
  }

  private showQueue(): void {
    const text = queueText(this.outbox.state);
    if (text === this.queue) return;
    this.queue = text;
    this.parts.say(text);
  }

  private showRefusal({ claimId, report }: ResultEntry, refusal: DomainError): void {
    this.areAllTaken = false;
    const what = `the service refuses the ${report.kind} of ${claimId}`;
    this.parts.warn(`${what}: ${refusal.message} Put the unit aside.`);
  }
}
