import { DomainError } from '../core/errors.js';
import { parseImei, parseMac, parseSn } from '../core/unit-identity.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { JigSlot } from '../jig/jig.js';

/** What is shorter is a key that was hit, not a label. */
const fewestCharacters = 3;

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
    if (code.length < fewestCharacters) return `scan: ${code} is refused: it is too short`;
    let unit: UnitReport;
    try {
      unit = unitOf(code);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return `scan: ${code} is refused: ${error.message}`;
    }
    this.codes.set(free.slot, code);
    return `scan: slot ${free.slot} = ${code}${unit.mac === undefined ? '' : ' (MAC)'}`;
  }

  /** Forgets the scans. Shape: gives what to tell the operator. */
  clear(): string {
    this.codes.clear();
    return 'scan: the scans are gone';
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

const macCode = /^([\da-f]{2}([:-]?)[\da-f]{2}(\2[\da-f]{2}){4})$/i;

/**
 * Shape: 15 digits are an IMEI, 12 hex digits (in pairs, by `:` or `-`, or bare) a MAC, anything else a
 * serial number. Errors: those of the parsers.
 */
function unitOf(code: string): UnitReport {
  if (/^\d{15}$/.test(code)) return { imei: parseImei(code) };
  return macCode.test(code) ? { mac: parseMac(code) } : { sn: parseSn(code) };
}
