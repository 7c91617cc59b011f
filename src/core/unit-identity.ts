import { DomainError } from './errors.js';

/** What a station or jig reports of a unit. ICCID and firmware are observations, no identity. */
export interface UnitReport {
  readonly imei?: string | undefined;
  readonly sn?: string | undefined;
  readonly mac?: string | undefined;
  readonly iccid?: string | undefined;
  readonly firmware?: string | undefined;
}

/**
 * A unit with its one identity.
 *
 * Shape: `identity` is `imei:…`, else `sn:…`, else `mac:…`; `weaker` are the numbers it gave beside
 * it, in the same form. They do not identify it, but may be what another report calls it by.
 */
export interface Unit extends UnitReport {
  readonly identity: string;
  readonly weaker: readonly string[];
}

/** IMEIs that blank or test modules show; many modules share them. */
export const blankImeis: readonly string[] = ['000000000000000', '004999010640000'];

/**
 * Tells whether the last digit of a number is its Luhn check digit.
 *
 * Source: 3GPP TS 23.003, Annex B.
 */
export function hasLuhnCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Parses the IMEI of a unit and checks its Luhn digit.
 *
 * Shape: 15 digits; blanks and `-` are dropped first.
 * Errors: `unit.imei_malformed`, `unit.imei_check_digit`, `unit.imei_blank`.
 * Source: 3GPP TS 23.003, 6.2.1 and Annex B.
 */
export function parseImei(text: string, blanks: readonly string[] = blankImeis): string {
  const imei = text.replace(/[\s-]/g, '');
  if (!/^\d{15}$/.test(imei)) {
    throw new DomainError('unit.imei_malformed', 'An IMEI has 15 digits.');
  }
  if (blanks.includes(imei)) {
    throw new DomainError('unit.imei_blank', `${imei} is the IMEI of a blank module.`);
  }
  if (!hasLuhnCheckDigit(imei)) {
    throw new DomainError('unit.imei_check_digit', `The check digit of ${imei} does not fit.`);
  }
  return imei;
}

/** Parses a serial number. Shape: 1-64 printable ASCII characters. Errors: `unit.sn_malformed`. */
export function parseSn(text: string): string {
  const sn = text.trim();
  if (!/^[\x21-\x7e]{1,64}$/.test(sn)) {
    throw new DomainError('unit.sn_malformed', 'A serial number has 1-64 printable characters.');
  }
  return sn;
}

/**
 * Parses a MAC address.
 *
 * Shape: 12 hex digits, lower case; `:`, `-`, `.` dropped. All zeros and all ones are no address of
 * one unit: many that have none show them.
 * Errors: `unit.mac_malformed`.
 */
export function parseMac(text: string): string {
  const mac = text.replace(/[:.-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(mac) || /^(0{12}|f{12})$/.test(mac)) {
    throw new DomainError('unit.mac_malformed', 'A MAC address has 12 hex digits of its own.');
  }
  return mac;
}

/**
 * Finds the one identity of a unit: its IMEI, else its SN, else its MAC.
 *
 * Errors: those of the parsers; `unit.identity_missing` when nothing identifies it.
 */
export function identifyUnit(report: UnitReport, blanks: readonly string[] = blankImeis): Unit {
  const imei = report.imei === undefined ? undefined : parseImei(report.imei, blanks);
  const sn = report.sn === undefined ? undefined : parseSn(report.sn);
  const mac = report.mac === undefined ? undefined : parseMac(report.mac);
  const numbers = Object.entries({ imei, sn, mac }).flatMap(([kind, value]) =>
    value === undefined ? [] : [`${kind}:${value}`],
  );
  const [identity, ...weaker] = numbers;
  if (identity === undefined) {
    throw new DomainError('unit.identity_missing', 'Send at least one of imei, sn, mac.');
  }
  const { iccid, firmware } = report;
  return { identity, weaker, imei, sn, mac, iccid, firmware };
}

/**
 * Tells whether two reports may mean one unit although their identities differ: what identifies the
 * one is among the other numbers of the other.
 */
export function mayBeSameUnit(one: Unit, other: Unit): boolean {
  return one.weaker.includes(other.identity) || other.weaker.includes(one.identity);
}
