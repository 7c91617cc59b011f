import { expect, it } from 'vitest';
import { aligned, columns } from '../../src/commands/table.js';

it('cells stand under each other, two blanks apart or more, and nothing ends with blanks', () => {
  expect(
    aligned([
      ['id', 'state', 'note'],
      ['st-1', 'in service', 'by\thand  twice'],
      ['st-10', 7, ' '],
    ]),
  ).toEqual([
    'id     state       note',
    'st-1   in service  by hand twice',
    'st-10  7           -',
  ]);
});

it('a later page is no narrower than the one before', () => {
  const lines = columns();
  expect(lines([['wide', 'b']])).toEqual(['wide  b']);
  expect(lines([['a', 'b']])).toEqual(['a     b']);
});
