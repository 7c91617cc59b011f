import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idKinds, parsePublicId, publicId } from '../../src/core/public-id.js';

const kind = fc.constantFrom(...idKinds);
const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe('a public identifier', () => {
  it('is read back as the number it was written from', () => {
    fc.assert(
      fc.property(kind, id, (oneKind, number) => {
        expect(parsePublicId(oneKind, publicId(oneKind, number))).toBe(number);
      }),
    );
  });

  it('is never read as one of another kind', () => {
    fc.assert(
      fc.property(kind, kind, id, (oneKind, otherKind, number) => {
        fc.pre(oneKind !== otherKind);
        expect(parsePublicId(otherKind, publicId(oneKind, number))).toBeUndefined();
      }),
    );
  });

  it.each([
    '',
    '17',
    'ord',
    'ord-',
    'ord-0',
    'ord-017',
    'ord--1',
    'ord-1.5',
    'ord-1e3',
    ' ord-1',
    'ord-1\n',
    'ORD-1',
    'ord_1',
    'ord-1 OR 1=1',
  ])('is not %j', (text) => {
    expect(parsePublicId('ord', text)).toBeUndefined();
  });

  it('is never larger than its column', () => {
    expect(parsePublicId('ord', 'ord-2147483647')).toBe(2147483647);
    expect(parsePublicId('ord', 'ord-2147483648')).toBeUndefined();
    expect(parsePublicId('clm', 'clm-2147483648')).toBe(2147483648);
    expect(parsePublicId('clm', 'clm-9007199254740993')).toBeUndefined();
  });
});
