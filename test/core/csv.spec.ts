import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, guardedCell } from '../../src/core/csv.js';

const special = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", ' ', ';');
const cell = fc
  .array(fc.oneof(special, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe('a line of CSV', () => {
  it('is read back as the cells it was written from', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        const options = { recordDelimiter: '\n', trim: false };
        expect(parse(`${csvLine(cells)}\n`, options)).toEqual([cells]);
      }),
    );
  });

  it.each([
    [['a1B2', '-unit@1', 'ff00'], 'a1B2,-unit@1,ff00'],
    [['=1+1', '@x', "'"], "=1+1,@x,'"],
    [['', ' a ', 'b;c'], ', a ,b;c'],
    [['a,b', 'say "no"'], '"a,b","say ""no"""'],
    [['a\nb', 'a\rb'], '"a\nb","a\rb"'],
  ])('has quotes only where they are needed: %j', (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

describe('a cell for a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=', '-'])(
    'is guarded when it would be a formula: %j',
    (text) => {
      expect(guardedCell(text)).toBe(`'${text}`);
    },
  );

  it.each(['', 'a=1', 'x-1', "'=1", ' =1', '1', 'a1B2c3'])(
    'is left alone otherwise: %j',
    (text) => {
      expect(guardedCell(text)).toBe(text);
    },
  );
});
