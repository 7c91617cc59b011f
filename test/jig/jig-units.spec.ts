import { describe, expect, it } from 'vitest';
import { JigUnits } from '../../src/jig/jig-units.js';

const imei = '862000000000101';
const other = '862000000000119';

describe('a slot whose unit was scanned', () => {
  it('works on the unit that was scanned, however the label prints its number', () => {
    const units = new JigUnits();
    expect(units.admit(1, { imei }, { imei: '86-200000-000010-1' })).toEqual({ imei });
    expect(units.admit(2, { mac: '0a1b2c3d4e5f' }, { mac: '0A:1B:2C:3D:4E:5F' })).toEqual({
      mac: '0a1b2c3d4e5f',
    });
  });

  it('refuses another unit, also when only a weaker number differs', () => {
    const units = new JigUnits();
    const refused = { reason: 'unit_mismatch' };
    expect(() => units.admit(1, { imei }, { imei: other })).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => units.admit(1, { imei, sn: 'SN-1' }, { imei, sn: 'sn-1' })).toThrow(
      expect.objectContaining(refused),
    );
  });

  it('keeps a serial number that the module does not tell, but never lets it identify the unit', () => {
    const units = new JigUnits();
    expect(units.admit(1, { imei, firmware: 'F1' }, { sn: 'SN-1' })).toEqual({
      imei,
      sn: 'SN-1',
      firmware: 'F1',
    });
    for (const scanned of [{ imei: other }, { sn: 'SN-2' }]) {
      expect(() => units.admit(2, { mac: '0a1b2c3d4e5f' }, scanned)).toThrow(
        expect.objectContaining({
          reason: 'unit_mismatch',
          detail: expect.stringMatching(/; scan its mac, or nothing$/) as string,
        }),
      );
    }
  });
});

describe('the units of a jig', () => {
  it('are each for one slot, which may come back to its own', () => {
    const units = new JigUnits();
    units.admit(1, { imei });
    expect(units.admit(1, { imei })).toEqual({ imei });
    expect(() => units.admit(2, { imei })).toThrow(
      expect.objectContaining({ reason: 'unit_duplicate' }),
    );
  });

  it('stay on their slots: another one is refused', () => {
    const units = new JigUnits();
    units.admit(1, { imei });
    expect(() => units.admit(1, { imei: other })).toThrow(
      expect.objectContaining({ reason: 'unit_changed' }),
    );
  });
});
