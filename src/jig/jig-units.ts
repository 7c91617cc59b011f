import type { UnitReport } from '../core/unit-identity.js';
import { SlotStop } from './slot-result.js';

/** The numbers that can identify a unit, the one that counts first. */
const numbers = ['imei', 'sn', 'mac'] as const;
type UnitNumber = (typeof numbers)[number];

/** The units that the slots of one closing of a jig have found. */
export class JigUnits {
  private readonly slotOf = new Map<string, number>();

  /**
   * Lets a slot work on the unit that it has found, and gives the numbers to claim with.
   *
   * Shape: `scanned` is what the operator says is on the slot. A number of it that the module does not
   * tell is kept, but never becomes what identifies the unit: it may be the label of another one.
   * Errors: `SlotStop` with `unit_mismatch` (not the unit that was scanned), `unit_changed` (not the
   * unit that the slot had before), `unit_duplicate` (another slot has it: stacked boards, crossed lines).
   */
  admit(slot: number, found: UnitReport, scanned: UnitReport = {}): UnitReport {
    for (const name of numbers) {
      const [seen, told] = [scanned[name], found[name]];
      if (seen !== undefined && told !== undefined && plain(name, seen) !== plain(name, told)) {
        throw new SlotStop('unit_mismatch', `${name} ${seen} was scanned, the module is ${told}`);
      }
    }
    const unit = { ...scanned, ...found };
    const identifier = identifierOf(unit);
    if (identifier !== identifierOf(found)) {
      throw new SlotStop(
        'unit_mismatch',
        `the module tells no ${identifier} to compare the scan with; ` +
          `scan its ${identifierOf(found)}, or nothing`,
      );
    }
    this.reserve(slot, `${identifier} ${unit[identifier] ?? ''}`);
    return unit;
  }

  private reserve(slot: number, identity: string): void {
    const holder = this.slotOf.get(identity);
    if (holder !== undefined && holder !== slot) {
      throw new SlotStop('unit_duplicate', `slot ${holder} of this jig has the same unit`);
    }
    if (holder === undefined && [...this.slotOf.values()].includes(slot)) {
      throw new SlotStop('unit_changed', 'another unit is on the slot than before');
    }
    this.slotOf.set(identity, slot);
  }
}

function identifierOf(unit: UnitReport): UnitNumber {
  return numbers.find((name) => unit[name] !== undefined) ?? 'imei';
}

/** A number without what printers and modules put between its digits; a serial number is as it is. */
function plain(name: UnitNumber, text: string): string {
  return name === 'sn' ? text.trim() : text.replace(/[\s:.-]/g, '').toLowerCase();
}
