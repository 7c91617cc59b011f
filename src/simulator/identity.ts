import { hasLuhnCheckDigit } from '../core/unit-identity.js';
import type { FaultName } from './faults.js';
import { seededDigits } from './seeded-bytes.js';

/** What a unit tells about itself. */
export interface Identity {
  readonly imei: string;
  readonly sn: string;
  readonly iccid: string;
  readonly maker: string;
  readonly model: string;
  readonly firmware: string;
}

/** What all units of a family have in common. */
export interface Make {
  readonly maker: string;
  readonly model: string;
  readonly firmware: string;
  readonly snPrefix: string;
}

/** Which unit: the seed of the simulator, the slot from 1, how many units were in it before. */
export interface UnitPlace {
  readonly seed: number;
  readonly slot: number;
  readonly board: number;
}

/** Type allocation code of the test range (reporting body 00), so no real unit has it. Source: GSMA TS.06. */
const testTac = '00108835';
/** The most slots that keep all IMEIs of a simulator apart. */
export const maxSlots = 256;

/**
 * Makes the identity of a unit; the same place gives the same identity.
 *
 * Shape: a valid IMEI that no other unit of the simulator has; the ICCID belongs to the slot,
 * because a jig has one test SIM per slot.
 */
export function makeIdentity(
  place: UnitPlace,
  faults: ReadonlySet<FaultName>,
  made: Make,
): Identity {
  const { seed, slot, board } = place;
  const first = Number(seededDigits(`imei:${String(seed)}`, 6));
  const serial = String((first + board * maxSlots + slot) % 1_000_000).padStart(6, '0');
  return {
    imei: shownImei(testTac + serial, faults),
    sn: `${made.snPrefix}${seededDigits(`sn:${String(seed)}`, 4)}${serial}`,
    iccid: withCheckDigit(`898604${seededDigits(`sim:${String(seed)}:${String(slot)}`, 13)}`),
    maker: made.maker,
    model: made.model,
    firmware: made.firmware,
  };
}

function shownImei(body: string, faults: ReadonlySet<FaultName>): string {
  if (faults.has('blank-imei')) return '004999010640000';
  const imei = withCheckDigit(body);
  return faults.has('bad-imei') ? body + String((Number(imei.slice(-1)) + 1) % 10) : imei;
}

function withCheckDigit(body: string): string {
  const digits = Array.from({ length: 10 }, (_, digit) => body + String(digit));
  return digits.find(hasLuhnCheckDigit) ?? body;
}
