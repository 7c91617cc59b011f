import { describe, expect, it } from 'vitest';
import type { TripleCells } from '../../src/orders/export-rows.js';
import { xlsxFile } from '../../src/orders/export-xlsx.js';
import { partsOfWorkbook, rowsOfSheet } from './exported.js';

const header = ['productKey', 'deviceName', 'deviceSecret'];

function tripleOf(number: number): TripleCells {
  return ['a1', `=unit_x0041_${number}`, `<&${number}`];
}

/** Slices as an order gives them, and whether somebody told them to end. */
class Slices {
  isClosed = false;
  taken = 0;

  constructor(
    private readonly count: number,
    private readonly size: number,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly TripleCells[]> {
    try {
      while (this.taken < this.count) {
        await Promise.resolve();
        const size = Math.min(this.size, this.count - this.taken);
        const from = this.taken + 1;
        this.taken += size;
        yield Array.from({ length: size }, (_, index) => tripleOf(from + index));
      }
    } finally {
      this.isClosed = true;
    }
  }
}

async function workbookOf(slices: AsyncIterable<readonly TripleCells[]>, rowsPerSheet?: number) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of xlsxFile(slices, rowsPerSheet)) chunks.push(chunk);
  return await partsOfWorkbook(Buffer.concat(chunks));
}

describe('a workbook', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [9, [9]],
    [10, [9, 1]],
    [27, [9, 9, 9]],
  ])('of %i triples has sheets of %j, each with a header', async (count, sheets) => {
    const parts = await workbookOf(new Slices(count, 4), 10);
    const found: number[] = [];
    const names: string[] = [];
    for (let sheet = 1; parts.has(`xl/worksheets/sheet${sheet}.xml`); sheet += 1) {
      const [first, ...rows] = rowsOfSheet(parts.get(`xl/worksheets/sheet${sheet}.xml`) ?? '');
      expect(first).toEqual(header);
      found.push(rows.length);
      names.push(...rows.map(([, name = '']) => name));
    }
    expect(found).toEqual(sheets);
    expect(names).toEqual(Array.from({ length: count }, (_, index) => tripleOf(index + 1)[1]));
  });

  it('lists its sheets wherever a reader looks for them', async () => {
    const parts = await workbookOf(new Slices(10, 4), 10);
    const workbook = parts.get('xl/workbook.xml') ?? '';
    const relations = parts.get('xl/_rels/workbook.xml.rels') ?? '';
    const types = parts.get('[Content_Types].xml') ?? '';
    const listed = [...workbook.matchAll(/name="([^"]+)" sheetId="\d" r:id="(rId\d)"/g)];
    expect(listed.map(([, name]) => name)).toEqual(['triples', 'triples 2']);
    for (const [index, [, , id = '']] of listed.entries()) {
      const target = `worksheets/sheet${index + 1}.xml`;
      expect(relations).toMatch(new RegExp(`Id="${id}"[^>]+Target="${target}"`));
      expect(types).toContain(`PartName="/xl/${target}"`);
    }
    expect(parts.get('_rels/.rels')).toContain('Target="xl/workbook.xml"');
    expect(parts.get('xl/styles.xml')).toContain('quotePrefix="1"');
  });

  it('has room for as many rows as Excel takes by itself', async () => {
    const parts = await workbookOf(new Slices(20, 20));
    expect(parts.has('xl/worksheets/sheet2.xml')).toBe(false);
  });

  it('fails when its rows fail', async () => {
    async function* failing(): AsyncGenerator<readonly TripleCells[]> {
      yield* new Slices(100, 10);
      throw new Error('the rows went away');
    }
    await expect(workbookOf(failing())).rejects.toThrow('the rows went away');
  });

  it('takes no more rows once nobody takes the file', async () => {
    const slices = new Slices(1_000_000, 100);
    for await (const chunk of xlsxFile(slices)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => slices.isClosed).toBe(true);
    expect(slices.taken).toBeLessThan(100_000);
  });
});
