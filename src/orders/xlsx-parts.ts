const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packageRelationships = 'http://schemas.openxmlformats.org/package/2006/relationships';
const contentTypes = 'http://schemas.openxmlformats.org/package/2006/content-types';
const partType = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** What stands before and after the rows of a sheet; the columns are wide enough for a triple. */
export const sheetHead =
  `${declaration}<worksheet xmlns="${main}">` +
  '<cols><col min="1" max="1" width="16" customWidth="1"/><col min="2" max="3" width="36" customWidth="1"/></cols>' +
  '<sheetData>';
export const sheetFoot = '</sheetData></worksheet>';

/** Style 1: text, also when somebody edits the cell (`quotePrefix`). Source: ECMA-376 part 1, 18.8.45. */
const styles =
  `${declaration}<styleSheet xmlns="${main}">` +
  '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>' +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>' +
  '</styleSheet>';

/** Where a sheet stands in the package. Shape: numbered from 1. */
export function sheetPath(sheet: number): string {
  return `xl/worksheets/sheet${sheet}.xml`;
}

/**
 * Everything of a workbook besides its sheets. Shape: path and content.
 *
 * Source: ECMA-376 part 1, 12.3 and part 2, 9.
 */
export function workbookParts(sheets: number): readonly (readonly [path: string, text: string])[] {
  const numbers = Array.from({ length: sheets }, (_, index) => index + 1);
  const each = (write: (sheet: number) => string): string => numbers.map(write).join('');
  return [
    ['xl/styles.xml', styles],
    [
      'xl/workbook.xml',
      `${declaration}<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets>` +
        each((n) => `<sheet name="${sheetName(n)}" sheetId="${n}" r:id="rId${n}"/>`) +
        '</sheets></workbook>',
    ],
    [
      'xl/_rels/workbook.xml.rels',
      relations([
        ...numbers.map((n) => relation(n, 'worksheet', `worksheets/sheet${n}.xml`)),
        relation(sheets + 1, 'styles', 'styles.xml'),
      ]),
    ],
    ['_rels/.rels', relations([relation(1, 'officeDocument', 'xl/workbook.xml')])],
    [
      '[Content_Types].xml',
      `${declaration}<Types xmlns="${contentTypes}">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `<Override PartName="/xl/workbook.xml" ContentType="${partType}.sheet.main+xml"/>` +
        `<Override PartName="/xl/styles.xml" ContentType="${partType}.styles+xml"/>` +
        each(
          (n) => `<Override PartName="/${sheetPath(n)}" ContentType="${partType}.worksheet+xml"/>`,
        ) +
        '</Types>',
    ],
  ];
}

function sheetName(sheet: number): string {
  return sheet === 1 ? 'triples' : `triples ${sheet}`;
}

function relations(all: readonly string[]): string {
  return `${declaration}<Relationships xmlns="${packageRelationships}">${all.join('')}</Relationships>`;
}

function relation(id: number, type: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${relationships}/${type}" Target="${target}"/>`;
}
