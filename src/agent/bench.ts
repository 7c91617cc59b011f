import type { Api } from '../commands/api-client.js';
import type { DomainError } from '../core/errors.js';
import type { JigMode } from '../jig/batch.js';
import { runJig } from '../jig/jig.js';
import type { JigOptions } from '../jig/jig.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { watchSlot } from '../jig/watch-slot.js';
import type { Idleness } from '../jig/watch-slot.js';
import { HttpClaims } from './http-claims.js';
import type { Journal } from './journal.js';
import type { ResultEntry } from './journal-entry.js';
import { Outbox } from './outbox.js';
import type { Owner } from './owner.js';
import type { Patience } from './patience.js';
import { reasonOf } from './patience.js';
import {
  idleRow,
  isUnworked,
  queueText,
  refusalText,
  resultText,
  runTable,
  slotText,
  unfinishedText,
} from './showing.js';
import { isGone } from './station.js';
import type { Work } from './station.js';
import { tellResults } from './tell-results.js';
import { Transcripts } from './transcripts.js';
import { UnitEnds } from './unit-ends.js';
import type { View } from './view.js';

/** What a bench works with. Shape: `signal` ends it at the next border. */
export interface BenchParts {
  readonly api: Api;
  readonly journal: Journal;
  readonly owner: Owner;
  /** The state directory. */
  readonly folder: string;
  readonly patience: Patience;
  readonly isVerbose: boolean;
  readonly mode?: JigMode | undefined;
  readonly retries?: number | undefined;
  readonly signal: AbortSignal;
  readonly view: View;
}

/** The jig of this PC: runs it, keeps its results, tells the service. */
export class Bench {
  private readonly outbox: Outbox;
  private readonly claims: HttpClaims;
  private readonly transcripts: Transcripts;
  private readonly phases = new Map<number, SlotPhase>();
  private queue: string;
  /** Why the last claim, or the start, got no answer, unless something has been answered since. */
  private claimTrouble: string | undefined;
  private readonly ends = new UnitEnds();
  private areAllTaken = true;
  private isTranscriptNamed = false;

  constructor(private readonly parts: BenchParts) {
    const { api, journal, owner, folder, patience, view } = parts;
    this.outbox = new Outbox({
      journal,
      patience,
      send: async (batch) => {
        await owner.assure();
        const answers = await tellResults(api, batch);
        this.claimTrouble = undefined;
        return answers;
      },
      onState: () => {
        this.showQueue();
        this.sendTranscripts();
      },
      onRefused: (result, refusal) => {
        this.showRefusal(result, refusal);
      },
    });
    this.queue = this.queueText();
    const countIn = (phase: SlotPhase): number =>
      [...this.phases.values()].filter((one) => one === phase).length;
    const onLink = (trouble: string | undefined): void => {
      this.hearLink(trouble);
    };
    this.claims = new HttpClaims({ ...parts, outbox: this.outbox, countIn, onLink });
    this.transcripts = new Transcripts({
      api,
      folder,
      onTrouble: (error) => {
        view.warn(`a transcript stays on this PC only: ${reasonOf(error)}`);
      },
    });
  }

  /** Names what an earlier agent has left, and begins to send it; that needs no order. */
  async open(): Promise<void> {
    const { journal, view } = this.parts;
    const { unfinished, waiting } = journal.found;
    const have = await Promise.all(unfinished.map(({ claimId }) => this.hasEnded(claimId)));
    for (const [at, one] of unfinished.entries()) {
      if (have[at]) await journal.append({ kind: 'ended', claimId: one.claimId });
      else view.warn(unfinishedText(one));
    }
    if (waiting.length === 0) return;
    view.say(`${waiting.length} results of an earlier run are waiting`);
    void this.outbox.drained(0);
  }

  /** Shows what is wrong with the link, or that nothing is: the service was asked something else. */
  hearLink(trouble: string | undefined): void {
    this.claimTrouble = trouble;
    this.showQueue();
  }

  /** Closes the jig once. Shape: true where every slot has passed. Never rejects for a slot. */
  async run({ slots, ...order }: Work): Promise<boolean> {
    const { view } = this.parts;
    for (const { slot } of slots) view.show({ slot, state: '-', more: '' });
    const onResult = (result: SlotResult): void => {
      this.take(result);
    };
    const results = await runJig({ ...this.slotOptions(order), slots, onResult });
    await this.outbox.settled(this.parts.patience.endMs);
    view.clear();
    view.say(runTable(results, (result) => this.noteOf(result)));
    this.nameTranscript(results);
    view.say(`queue: ${this.queueText()}`);
    return results.every((result) => this.ends.hasPassed(result));
  }

  /**
   * Works on every unit that is put on a slot, until the signal.
   *
   * Shape: true where every unit has passed in the end. Units: ms between two looks at an idle slot.
   */
  async watch({ slots, ...order }: Work, everyMs: number): Promise<boolean> {
    const { view, signal } = this.parts;
    const shared = this.slotOptions(order);
    const units = new Map<number, string>();
    const onResult = (result: SlotResult): void => {
      this.take(result);
      view.say(resultText(result));
      this.nameTranscript([result]);
    };
    const onIdle = (slot: number, why: Idleness): void => {
      // A unit that is still there keeps what came of it.
      if (units.has(slot) || signal.aborted) return;
      this.ends.look(slot, isUnworked(why));
      view.showIdle(idleRow(slot, why));
    };
    await Promise.all(
      slots.map((slot) =>
        watchSlot({ ...shared, ...slot, signal, units, everyMs, onResult, onIdle }),
      ),
    );
    await this.outbox.settled(this.parts.patience.endMs);
    view.clear();
    view.say(this.ends.text);
    view.say(`queue: ${this.queueText()}`);
    return this.ends.unpassed.length === 0;
  }

  /** Ends; what waits stays in the journal. Shape: true where every result was taken. */
  async close(): Promise<boolean> {
    const isSent = await this.outbox.drained(this.parts.patience.endMs);
    if (isSent) await this.transcripts.send();
    await Promise.all([this.outbox.close(), this.transcripts.close()]);
    if (!isSent) {
      const { waiting } = this.outbox.state;
      this.parts.view.warn(
        `${waiting} results are still waiting: start the agent again to send them`,
      );
    }
    return isSent && this.areAllTaken;
  }

  /** Whether a claim came to its end elsewhere; false also where that cannot be asked now. */
  private async hasEnded(claimId: string): Promise<boolean> {
    const { api, owner } = this.parts;
    try {
      await owner.assure();
      return await isGone(api, claimId);
    } catch {
      return false;
    }
  }

  private slotOptions({
    orderId,
    terms,
    dialects,
  }: Omit<Work, 'slots'>): Omit<JigOptions, 'slots' | 'onResult'> {
    const { view, signal, isVerbose, mode, retries } = this.parts;
    return {
      dialects,
      mode,
      retries,
      orderId,
      terms,
      claims: this.claims,
      signal,
      onProgress: ({ slot, phase, claimId }) => {
        this.phases.set(slot, phase);
        if (claimId !== undefined) this.ends.begin(claimId);
        view.show({ slot, state: phase, more: '' });
        if (isVerbose) view.say(`slot ${slot}: ${phase}`);
      },
      onError: (slot, error) => {
        view.warn(`slot ${slot}: ${reasonOf(error)}`);
      },
    };
  }

  private take(result: SlotResult): void {
    const { slot, outcome } = result;
    this.phases.delete(slot);
    this.ends.take(result);
    this.parts.view.show({ slot, state: outcome, more: slotText(result) });
    this.transcripts.keep(result);
    this.sendTranscripts();
  }

  private noteOf(result: SlotResult): string | undefined {
    const { outcome, claimId } = result;
    if (claimId !== undefined && this.outbox.isWaiting(claimId)) return 'waiting';
    return outcome === 'PASS' && !this.ends.hasPassed(result) ? 'refused' : undefined;
  }

  /** Says once where an engineer finds what was said with a unit that did not pass. */
  private nameTranscript(results: readonly SlotResult[]): void {
    const isTold = ({ outcome, transcript }: SlotResult): boolean =>
      outcome !== 'PASS' && transcript.length > 0;
    if (this.isTranscriptNamed || !results.some(isTold)) return;
    this.isTranscriptNamed = true;
    this.parts.view.say(`what was said with each unit: ${this.transcripts.path}`);
  }

  /** Results go first. */
  private sendTranscripts(): void {
    const { waiting, trouble } = this.outbox.state;
    if (waiting === 0 && trouble === undefined) void this.transcripts.send();
  }

  private queueText(): string {
    const { waiting, trouble = this.claimTrouble } = this.outbox.state;
    return queueText({ waiting, trouble });
  }

  private showQueue(): void {
    const text = this.queueText();
    if (text === this.queue) return;
    this.queue = text;
    this.parts.view.showQueue(text);
  }

  private showRefusal(result: ResultEntry, refusal: DomainError): void {
    this.areAllTaken = false;
    this.ends.refuse(result.claimId);
    this.parts.view.warn(refusalText(result, refusal));
  }
}
