import type { SlotResult } from '../jig/slot-result.js';
import { unitText } from './showing.js';

/** Units that a line names. */
const mostNamed = 10;

/** What units have come to in the end, also where that is told only after their slots have ended. */
export class UnitEnds {
  private readonly ends = new Map<string, Pick<SlotResult, 'outcome' | 'claimId'>>();
  private readonly refused = new Set<string>();
  /** Slots with a unit that cannot be worked on. */
  private readonly unworked = new Set<number>();
  /** Slots that such units were taken off; who they were nobody knows. */
  private readonly gone: number[] = [];

  /** A unit is worked on under this claim: what was refused before is over. */
  begin(claimId: string): void {
    this.refused.delete(claimId);
  }

  /** A slot has ended. */
  take({ slot, unit, outcome, claimId }: SlotResult): void {
    this.unworked.delete(slot);
    this.ends.set(unit ? unitText(unit) : `slot ${slot}`, { outcome, claimId });
  }

  /** The service will never take the result of this claim. */
  refuse(claimId: string): void {
    this.refused.add(claimId);
  }

  /** A watched slot has nothing to do; `isUnworked` where there is a unit all the same. */
  look(slot: number, isUnworked: boolean): void {
    if (isUnworked) this.unworked.add(slot);
    else if (this.unworked.delete(slot)) this.gone.push(slot);
  }

  /** Whether all is well with a slot that has ended. */
  hasPassed({ outcome, claimId = '' }: Pick<SlotResult, 'outcome' | 'claimId'>): boolean {
    return outcome === 'PASS' && !this.refused.has(claimId);
  }

  /** Those that have not passed: their numbers, or where they were. */
  get unpassed(): readonly string[] {
    const units = [...this.ends].flatMap(([unit, end]) => (this.hasPassed(end) ? [] : [unit]));
    return [...units, ...[...this.gone, ...this.unworked].map((slot) => `slot ${slot}`)];
  }

  /** Sums them up: `units: 12 passed, 1 did not: 490154203237518`. */
  get text(): string {
    const { unpassed } = this;
    const count = [...this.ends.values()].filter((end) => this.hasPassed(end)).length;
    const passed = `units: ${count} passed`;
    if (unpassed.length === 0) return passed;
    const more = unpassed.length > mostNamed ? ', …' : '';
    return `${passed}, ${unpassed.length} did not: ${unpassed.slice(0, mostNamed).join(', ')}${more}`;
  }
}
