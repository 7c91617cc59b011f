import { describe, expect, it } from 'vitest';
import { Scans } from '../../src/agent/scans.js';
import { jigSlots } from '../../src/agent/slots.js';

const imei = '490154203237518';
const slots = jigSlots([
  { slot: 1, port: 'tcp://h:1', dialect: null },
  { slot: 2, port: 'tcp://h:2', dialect: null },
]);

describe('scans', () => {
  it('fill the slots in their order, and only those run', () => {
    const scans = new Scans(slots);
    expect(scans.add(imei)).toBe(`scan: slot 1 = ${imei}`);
    expect(scans.take()).toMatchObject([{ slot: 1, scanned: { imei } }]);
    expect(scans.take()).toBe(slots);
  });

  it('take what is no IMEI as a serial number', () => {
    const scans = new Scans(slots);
    scans.add('SN-0042');
    expect(scans.take()).toMatchObject([{ slot: 1, scanned: { sn: 'SN-0042' } }]);
  });

  it.each(['02:83:55:07:54:5C', '02-83-55-07-54-5c', '02835507545c'])(
    'take %s as a MAC',
    (code) => {
      const scans = new Scans(slots);
      expect(scans.add(code)).toBe(`scan: slot 1 = ${code} (MAC)`);
      expect(scans.take()).toMatchObject([{ slot: 1, scanned: { mac: '02835507545c' } }]);
    },
  );

  it.each([
    ['a code that is on a slot already', imei, / is on slot 1 already$/],
    ['an IMEI that was read wrongly', '490154203237519', /refused: unit\.imei_check_digit/],
    ['a key that was hit', 'xy', /^scan: xy is refused: it is too short$/],
    ['a code with a blank', 'SN 42', /refused: unit\.sn_malformed/],
  ])('refuse %s', (_, code, said) => {
    const scans = new Scans(slots);
    scans.add(imei);
    expect(scans.add(code)).toMatch(said);
    expect(scans.take()).toHaveLength(1);
  });

  it('are as many as there are slots, and can be begun anew', () => {
    const scans = new Scans(slots);
    for (const code of ['one', 'two']) scans.add(code);
    expect(scans.add('three')).toMatch(/every slot has its unit/);
    expect(scans.clear()).toBe('scan: the scans are gone');
    expect(scans.add('three')).toBe('scan: slot 1 = three');
  });
});
