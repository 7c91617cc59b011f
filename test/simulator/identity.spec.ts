import { expect, test } from 'vitest';
import { lierdaNt35e } from '../../src/simulator/families/lierda-nt35e.js';
import { makeIdentity, maxSlots } from '../../src/simulator/identity.js';

const none = new Set<never>();

/** Luhn, written here on its own. Source: 3GPP TS 23.003, Annex B. */
function isLuhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, place) => (place % 2 === 0 ? digit : Number('0246813579'[digit])))
    .reduce((total, digit) => total + digit, 0);
  return sum % 10 === 0;
}

test('the Luhn rule of this test knows the example of the standard', () => {
  expect(isLuhn('490154203237518')).toBe(true);
  expect(isLuhn('490154203237517')).toBe(false);
});

test('every module has a valid IMEI of its own, board after board', () => {
  const imeis = new Set<string>();
  for (let board = 0; board < 20; board += 1) {
    for (let slot = 1; slot <= maxSlots; slot += 1) {
      imeis.add(makeIdentity({ seed: 7, slot, board }, none, lierdaNt35e).imei);
    }
  }
  expect([...imeis].filter((imei) => !/^\d{15}$/.test(imei) || !isLuhn(imei))).toEqual([]);
  expect(imeis.size).toBe(20 * maxSlots);
});

test('the same seed gives the same modules, another seed others', () => {
  const place = { seed: 1, slot: 3, board: 0 };
  expect(makeIdentity(place, none, lierdaNt35e)).toEqual(makeIdentity(place, none, lierdaNt35e));
  expect(makeIdentity(place, none, lierdaNt35e).imei).not.toBe(
    makeIdentity({ ...place, seed: 2 }, none, lierdaNt35e).imei,
  );
});

test('all modules of a slot show the ICCID of its test SIM', () => {
  const iccidOf = (slot: number, board: number): string =>
    makeIdentity({ seed: 1, slot, board }, none, lierdaNt35e).iccid;
  expect(iccidOf(1, 5)).toBe(iccidOf(1, 0));
  expect(iccidOf(2, 0)).not.toBe(iccidOf(1, 0));
  expect(iccidOf(1, 0)).toMatch(/^8986\d{16}$/);
  expect(isLuhn(iccidOf(1, 0))).toBe(true);
});
