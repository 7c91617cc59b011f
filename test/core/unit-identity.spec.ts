import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import {
  blankImeis,
  hasLuhnCheckDigit,
  identifyUnit,
  mayBeSameUnit,
  parseImei,
  parseMac,
  parseSn,
} from '../../src/core/unit-identity.js';

/** The example of 3GPP TS 23.003, Annex B: 26 0531 7931 1383 has the check digit 7. */
const annexB = '260531793113837';
const imei = '490154203237518';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
  return undefined;
}

describe('an IMEI', () => {
  it('has the check digit of the worked example in 3GPP TS 23.003, Annex B', () => {
    expect(hasLuhnCheckDigit(annexB)).toBe(true);
    expect(parseImei(annexB)).toBe(annexB);
  });

  it('has exactly one right check digit for any fourteen digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{14}$/), (stem) => {
        const right = Array.from({ length: 10 }, (_, digit) => `${stem}${digit}`).filter(
          hasLuhnCheckDigit,
        );
        expect(right).toHaveLength(1);
      }),
    );
  });

  it('shows a single wrong digit anywhere', () => {
    fc.assert(
      fc.property(fc.nat(14), fc.integer({ min: 1, max: 9 }), (place, shift) => {
        const digit = (Number(imei[place]) + shift) % 10;
        const wrong = imei.slice(0, place) + String(digit) + imei.slice(place + 1);
        expect(codeOf(() => parseImei(wrong))).toBe('unit.imei_check_digit');
      }),
    );
  });

  it('may be written in groups', () => {
    expect(parseImei('49-015420-323751-8')).toBe(imei);
    expect(parseImei(' 490154 203237518\r\n')).toBe(imei);
  });

  it.each([
    '',
    '49015420323751',
    '4901542032375180',
    '49015420323751X',
    '４９０１５４２０３２３７５１８',
  ])('is refused when it is not fifteen digits: %j', (text) => {
    expect(codeOf(() => parseImei(text))).toBe('unit.imei_malformed');
  });

  it.each(blankImeis)('is refused when many blank modules show it: %s', (blank) => {
    expect(codeOf(() => parseImei(blank))).toBe('unit.imei_blank');
  });

  it('may be blank by a list of its own', () => {
    expect(codeOf(() => parseImei(imei, [imei]))).toBe('unit.imei_blank');
    expect(parseImei('004999010640000', [])).toBe('004999010640000');
  });
});

describe('a serial number', () => {
  it('is kept as it is, without the blanks around it', () => {
    expect(parseSn(' SN-0001/a_B ')).toBe('SN-0001/a_B');
  });

  it.each(['', '   ', 'a b', 'ä', 'x'.repeat(65), 'a\0b', 'a\nb'])('is refused as %j', (text) => {
    expect(codeOf(() => parseSn(text))).toBe('unit.sn_malformed');
  });
});

describe('a MAC address', () => {
  it.each(['00:1A:2b:3C:4d:5E', '00-1a-2b-3c-4d-5e', '001a.2b3c.4d5e', '001A2B3C4D5E'])(
    'is the same however it is written: %s',
    (text) => {
      expect(parseMac(text)).toBe('001a2b3c4d5e');
    },
  );

  it.each([
    '',
    '001a2b3c4d5',
    '001a2b3c4d5e00',
    '001a2b3c4d5g',
    '00:00:00:00:00:00',
    'FF-FF-FF-FF-FF-FF',
  ])('is refused as %j', (text) => {
    expect(codeOf(() => parseMac(text))).toBe('unit.mac_malformed');
  });
});

describe('the identity of a unit', () => {
  it('is its IMEI, else its SN, else its MAC', () => {
    const all = { imei, sn: 'SN1', mac: '00:1a:2b:3c:4d:5e' };
    expect(identifyUnit(all).identity).toBe(`imei:${imei}`);
    expect(identifyUnit({ ...all, imei: undefined }).identity).toBe('sn:SN1');
    expect(identifyUnit({ mac: all.mac }).identity).toBe('mac:001a2b3c4d5e');
  });

  it('is never the ICCID or the firmware: all units of a shift show the same test SIM', () => {
    const observed = { iccid: '89860000000000000001', firmware: 'NT35E_V1' };
    expect(codeOf(() => identifyUnit(observed))).toBe('unit.identity_missing');
    expect(identifyUnit({ ...observed, sn: 'SN1' })).toMatchObject({ ...observed, sn: 'SN1' });
  });

  it('is refused when any number it was told is wrong, even if another one would do', () => {
    expect(codeOf(() => identifyUnit({ imei, sn: 'a b' }))).toBe('unit.sn_malformed');
    expect(codeOf(() => identifyUnit({ imei: '000000000000000', sn: 'SN1' }))).toBe(
      'unit.imei_blank',
    );
  });

  it('leaves the other numbers beside it, and by those two reports may mean one unit', () => {
    const mac = '001a2b3c4d5e';
    const all = identifyUnit({ imei, sn: 'SN1', mac });
    expect(all.weaker).toEqual(['sn:SN1', `mac:${mac}`]);
    const bySn = identifyUnit({ sn: 'SN1', mac: '001a2b3c4d5f' });
    const byMac = identifyUnit({ mac });
    expect(mayBeSameUnit(all, bySn) && mayBeSameUnit(bySn, all)).toBe(true);
    expect(mayBeSameUnit(all, byMac) && mayBeSameUnit(byMac, all)).toBe(true);
    expect(mayBeSameUnit(bySn, byMac)).toBe(false);
    // Many modules of a lot show one SN; while their IMEIs differ they are different units.
    expect(mayBeSameUnit(all, identifyUnit({ imei: annexB, sn: 'SN1', mac }))).toBe(false);
  });

  it('does not depend on how its numbers are written', () => {
    expect(identifyUnit({ imei: '49-015420-323751-8' })).toEqual(identifyUnit({ imei }));
  });
});
