import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import {
  cellsOfCsv,
  cellsOfJsonLines,
  fetchFile,
  partsOfWorkbook,
  rowsOfSheet,
} from './exported.js';

const quantity = 6_000;

let service: TestService;
let productKey: string;
let orderId: string;
beforeAll(async () => {
  service = await startTestService();
  productKey = (await makeProduct(service)).productKey;
  // More than one page of devices, and names that a spreadsheet would take for a formula.
  orderId = (await makeOrder(service, productKey, { quantity, prefix: '-@' })).orderId;
});
afterAll(async () => {
  await service.stop();
});

describe('a file of triples', () => {
  it('holds each triple once, as the service derives it, in every format', async () => {
    const [csv, jsonl, xlsx] = await Promise.all(
      ['csv', 'jsonl', 'xlsx'].map((format) => fetchFile(service, orderId, `format=${format}`)),
    );
    const cells = cellsOfCsv(csv?.bytes ?? new Uint8Array());
    expect(cells).toHaveLength(quantity);
    expect(new Set(cells.map(([, name]) => name)).size).toBe(quantity);
    expect(cells.every(([key]) => key === productKey)).toBe(true);
    expect(cellsOfJsonLines(jsonl?.bytes ?? new Uint8Array())).toEqual(cells);
    const parts = await partsOfWorkbook(xlsx?.bytes ?? new Uint8Array());
    const [header, ...rows] = rowsOfSheet(parts.get('xl/worksheets/sheet1.xml') ?? '');
    expect(header).toEqual(['productKey', 'deviceName', 'deviceSecret']);
    expect(rows).toEqual(cells);
    for (const [, deviceName, deviceSecret] of [cells[0], cells[4_999], cells.at(-1)].map(
      (row) => row ?? [],
    )) {
      const path = `/api/v1/devices/${productKey}/${deviceName ?? ''}/triple`;
      const { body } = await service.call('GET', path);
      expect(body).toMatchObject({ deviceName, deviceSecret });
    }
  });
});
