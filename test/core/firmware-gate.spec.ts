import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passesFirmwareGate } from '../../src/core/firmware-gate.js';

describe('the firmware gate of an order', () => {
  it('lets everything pass without a pattern, a unit that tells nothing included', () => {
    expect(passesFirmwareGate([], undefined)).toBe(true);
    expect(passesFirmwareGate([], 'NT35E_V1')).toBe(true);
  });

  it.each([
    ['NT35E_V1', 'NT35E_V1', true],
    ['NT35E_V1', 'NT35E_V10', false],
    ['NT35E_V1', 'nt35e_v1', false],
    ['NT35E_*', 'NT35E_V10', true],
    ['NT35E_*', 'NT35E_', true],
    ['*_V10', 'NT35E_V10', true],
    ['N*E_*0', 'NT35E_V10', true],
    ['ab*ba', 'aba', false],
    ['a*a*a', 'aa', false],
    ['V1.0', 'V1x0', false],
    ['*', '', true],
  ])('%s and %s: %s', (pattern, firmware, passes) => {
    expect(passesFirmwareGate([pattern], firmware)).toBe(passes);
  });

  it('lets pass what one of its patterns names', () => {
    expect(passesFirmwareGate(['A*', 'B*'], 'B7')).toBe(true);
    expect(passesFirmwareGate(['A*', 'B*'], 'C7')).toBe(false);
    expect(passesFirmwareGate(['*'], undefined)).toBe(false);
  });

  it('says what a regular expression of the same meaning says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (wanted, firmware) => {
        const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(passesFirmwareGate([wanted], firmware)).toBe(
          new RegExp(`^${source}$`).test(firmware),
        );
      }),
    );
  });
});
