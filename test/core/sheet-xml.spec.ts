import { describe, expect, it } from 'vitest';
import { sheetRow, sheetText } from '../../src/core/sheet-xml.js';

describe('a text of a sheet', () => {
  it.each([
    ['=1+1', '=1+1'],
    ['a<b>&"\'', `a&lt;b&gt;&amp;"'`],
    ['tab\tline\nend', 'tab\tline\nend'],
    ['\u0000\r\u001b\u007f', '_x0000__x000D__x001B__x007F_'],
    ['\uFFFF', '_xFFFF_'],
    // As it stands Excel would show `unitA`.
    ['unit_x0041_', 'unit_x005F_x0041_'],
    ['_x000D__x00e9_', '_x005F_x000D__x005F_x00e9_'],
    ['unit_x004_ _X0041_ _x0041', 'unit_x004_ _X0041_ _x0041'],
    ['模组 ☎', '模组 ☎'],
  ])('%j is written as %j', (text, written) => {
    expect(sheetText(text)).toBe(written);
  });
});

describe('a row of a sheet', () => {
  it('has text cells in their columns, never a formula or a number', () => {
    expect(sheetRow(7, ['=1', '2'])).toBe(
      '<row r="7">' +
        '<c r="A7" s="1" t="inlineStr"><is><t xml:space="preserve">=1</t></is></c>' +
        '<c r="B7" s="1" t="inlineStr"><is><t xml:space="preserve">2</t></is></c></row>',
    );
  });
});
