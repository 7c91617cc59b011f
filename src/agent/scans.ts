import { DomainError } from '../core/errors.js';
import { parseImei, parseSn } from '../core/unit-identity.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { JigSlot } from '../jig/jig.js';

/** What an operator has scanned for the next run, slot by slot. */
export class Scans {
  private readonly codes = new Map<number, string>();

  constructor(private readonly slots: readonly JigSlot[]) {}

  /**
   * Takes a code for the first slot that has none.
   *
   * Shape: gives what to tell the operator; a code that cannot be taken changes nothing.
   */
  add(code: string): string {
    const held = [...this.codes].find(([, one]) => one === code);
    if (held) return `scan: ${code} is on slot ${held[0]} already`;
    const free = this.slots.find(({ slot }) => !this.codes.has(slot));
    if (!free) return `scan: every slot has its unit; press Enter, or c to begin anew`;
    try {
      unitOf(code);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return `scan: ${code} is refused: ${error.message}`;
    }
    this.codes.set(free.slot, code);
    return `scan: slot ${free.slot} = ${code}`;
  }

  clear(): void {
    this.codes.clear();
  }

  /** Gives the slots to run: those with a scan, or all where nothing was scanned; forgets the scans. */
  take(): readonly JigSlot[] {
    const scanned = this.slots.flatMap((slot) => {
      const code = this.codes.get(slot.slot);
      return code === undefined ? [] : [{ ...slot, scanned: unitOf(code) }];
    });
    this.codes.clear();
    return scanned.length > 0 ? scanned : this.slots;
  }
}

/** Shape: 15 digits are an IMEI, anything else a serial number. Errors: those of the parsers. */
function unitOf(code: string): UnitReport {
  return /^\d{15}$/.test(code) ? { imei: parseImei(code) } : { sn: parseSn(code) };
}
