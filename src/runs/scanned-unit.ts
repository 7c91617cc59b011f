import { DomainError } from '../core/errors.js';
import { ofSlot } from '../core/of-slot.js';
import { identifyUnit, mayBeSameUnit } from '../core/unit-identity.js';
import type { Unit, UnitReport } from '../core/unit-identity.js';

/** What an operator scanned, and the slot into which the unit was put. */
export interface ScannedUnit extends Pick<UnitReport, 'imei' | 'sn' | 'mac'> {
  readonly slot: number;
}

/**
 * Gives what was scanned for each slot.
 *
 * Errors: `unit.*` for a number that is none, with its slot; `slot.number_shared`, `unit.twice_in_batch`.
 */
export function scannedUnits(given: readonly ScannedUnit[]): ReadonlyMap<number, UnitReport> {
  const bySlot = new Map<number, Unit>();
  for (const { slot, ...numbers } of given) {
    const unit = ofSlot(slot, () => identifyUnit(numbers));
    for (const [other, held] of bySlot) {
      if (other === slot) {
        throw new DomainError('slot.number_shared', `Two scanned units are for slot ${slot}.`);
      }
      if (held.identity === unit.identity || mayBeSameUnit(held, unit)) {
        throw new DomainError('unit.twice_in_batch', `Slots ${other} and ${slot} name one unit.`);
      }
    }
    bySlot.set(slot, unit);
  }
  return new Map([...bySlot].map(([slot, { imei, sn, mac }]) => [slot, { imei, sn, mac }]));
}
