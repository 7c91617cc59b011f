import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../broker/devices.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { errorLines, importsOf, minted, upload } from './files.js';
import type { RowsRefused } from './files.js';

let service: TestService;
let productKey: string;
let path: string;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  path = importsOf(productKey);
});
afterAll(async () => {
  await service.stop();
});

const header = 'productKey,deviceName,deviceSecret\n';
const secret = (mark: string): string => `5ecre7${mark}`.padEnd(32, '0');

describe('an import', () => {
  it.each([
    ['without secrets', 'productKey,deviceName\n'],
    ['without products', 'deviceName,deviceSecret\n'],
    ['without a header', `a1TESTpk001,unit-0001,${secret('a')}\n`],
    ['with two columns of secrets', 'productKey,deviceName,deviceSecret,Device Secret\n'],
  ])('%s is refused, and nothing of it is told', async (_, file) => {
    const answer = await upload(service, path, file);
    expect(answer).toMatchObject({ status: 422, body: { code: 'csv.columns_wrong' } });
    expect(answer.text).not.toContain('5ecre7');
  });

  it('as JSON is refused', async () => {
    const answer = await service.call('POST', path, { deviceName: 'unit-0001' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.media_type' } });
  });

  it('with wrong rows is refused as a whole, and tells no secret, in whatever column', async () => {
    await makeOrder(service, productKey, { quantity: 1, prefix: 'old_' });
    const secrets = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(secret);
    const [a, b, c, d, e, f, g, h, i, j] = secrets as [string, ...string[]];
    const rows = [
      `${productKey},good-0001,${a}`,
      `a1another,good-0002,${b}`,
      `${productKey},old_000001,${c}`,
      `${productKey},good-0003,short`,
      `${productKey},good-0004,${d ?? ''}"quoted`.replace('"', '/'),
      `${productKey},${e ?? ''}!,good-0005`,
      `${f ?? ''},good-0006,${productKey}`,
      `${productKey},good-0007,${g ?? ''},`,
      `${productKey},${h ?? ''},${i ?? ''}`,
      `${productKey},${h ?? ''},${j ?? ''}`,
      `${productKey},good-0008,${'x'.repeat(64)}`,
    ];
    const answer = await upload<RowsRefused>(service, path, `${header}${rows.join('\n')}\n`);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'order.rows_refused', data: { rows: 11 } });
    const { orderId } = answer.body.data;
    expect(await errorLines(service, orderId)).toEqual([
      '3,productKey,,row.product_differs',
      '4,deviceName,old_000001,row.name_taken',
      '5,deviceSecret,,row.secret_invalid',
      '6,deviceSecret,,row.secret_invalid',
      '7,deviceName,,row.name_invalid',
      '7,deviceSecret,,row.secret_invalid',
      '8,deviceSecret,,row.secret_invalid',
      '8,productKey,,row.product_differs',
      '9,,,row.columns_differ',
      '11,deviceName,,row.name_repeated',
      '12,deviceSecret,,row.secret_invalid',
    ]);
    const file = await service.call('GET', `/api/v1/orders/${orderId}/errors.csv`);
    const history = await query(service, 'SELECT e::text FROM audit_event e');
    const errors = await query(service, 'SELECT e::text FROM order_row_error e');
    const told = [answer.text, file.text, service.log(), JSON.stringify([history, errors])].join();
    expect(told).toContain('row.secret_invalid');
    expect(told).not.toContain('5ecre7');
    expect(told).not.toContain('xxxxxxxxxxxxxxxx');
    expect(await query(service, `SELECT id FROM device WHERE name LIKE 'good-%'`)).toEqual([]);
    expect(await query(service, 'SELECT device_id FROM given_secret')).toEqual([]);
  });

  it('keeps no sealed secret of a list that was refused', async () => {
    await upload(service, path, `${header}${productKey},once-0001,${secret('k')}\nx\n`);
    await expect
      .poll(() => query(service, 'SELECT place FROM staged_device'), { timeout: 20_000 })
      .toEqual([]);
  });

  it('twice is refused by its names the second time', async () => {
    const file = `${header}${productKey},twice-0001,${secret('l')}\n`;
    expect(await minted(service, path, file)).toMatchObject({ state: 'open', minted: 1 });
    const { body } = await upload<RowsRefused>(service, path, file);
    expect(body.data.first).toEqual([
      { line: 2, column: 'deviceName', code: 'row.name_taken', value: 'twice-0001' },
    ]);
  });

  it('is told in the history as what it is', async () => {
    const { orderId } = await minted(
      service,
      path,
      `${header}${productKey},told-0001,${secret('m')}\n`,
    );
    const sql = 'SELECT action, detail FROM audit_event WHERE order_id = $1 ORDER BY id';
    expect(await query(service, sql, [Number(orderId.slice(4))])).toMatchObject([
      { action: 'order.created', detail: { kind: 'import', quantity: 1 } },
      { action: 'order.opened' },
    ]);
  });
});
