import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '../../src/audit/audit-event.js';
import { MintingJob } from '../../src/orders/minting.job.js';
import { openCsvList } from '../../src/orders/order-list-csv.js';
import { OrderListService } from '../../src/orders/order-list.service.js';
import { listOrder, listQuery } from '../../src/orders/place-body.js';
import { maxCsvBytes } from '../../src/platform/http/csv-body.js';
import { query } from '../broker/devices.js';
import { makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { errorLines, ordersOf, upload } from './files.js';
import type { RowsRefused } from './files.js';

let service: TestService;
let path: string;
let productKey: string;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
  path = ordersOf(productKey);
});
afterAll(async () => {
  await service.stop();
});

const good = Array.from({ length: 3000 }, (_, index) => `row-${index}`.padEnd(9, '_'));

describe('a file that is wrong as a whole', () => {
  it.each([
    ['empty', '', 422, 'csv.empty'],
    ['of blanks', ' \r\n \n', 422, 'csv.empty'],
    ['of a header alone', 'deviceName\n', 422, 'csv.empty'],
    ['without the column', 'name,imei\na,b\n', 422, 'csv.columns_wrong'],
    ['without a header', 'unit-0001\nunit-0002\n', 422, 'csv.columns_wrong'],
    ['with the column twice', 'deviceName,DEVICENAME\na,b\n', 422, 'csv.columns_wrong'],
    ['with secrets', 'deviceName,deviceSecret\nunit-1,s\n', 422, 'csv.secrets_given'],
    ['with a quote that is never closed', 'deviceName\n"unit-1\nunit-2\n', 400, 'csv.malformed'],
    ['with a quote inside a value', 'deviceName\nunit"-1\n', 400, 'csv.malformed'],
    ['with a row without an end', `deviceName\n${'x'.repeat(40_000)}`, 400, 'csv.malformed'],
    ['with NUL', `deviceName\n${good.join('\n')}\nunit\0-1\n`, 400, 'csv.not_text'],
    ['in UTF-16', Buffer.from('\ufeffdeviceName\nunit-1\n', 'utf16le'), 400, 'csv.not_text'],
    ['in GBK', Buffer.from('b1b8d7a2', 'hex'), 400, 'csv.not_text'],
    ['compressed', gzipSync(`deviceName\n${good.join('\n')}\n`), 400, 'csv.not_text'],
    ['binary', Buffer.from('PK\x03\x04\x14\x00\x06\x00', 'latin1'), 400, 'csv.not_text'],
  ])('%s is refused, and nothing is there of it', async (_, file, status, code) => {
    const before = await settled();
    const sent = typeof file === 'string' ? file : new Uint8Array(file);
    expect(await upload(service, path, sent)).toMatchObject({ status, body: { code } });
    expect(await settled()).toEqual(before);
  });

  it('names the columns that are missing, and never what stands there instead', async () => {
    const { body, text: shown } = await upload(service, path, 'SECRET-OF-A-DEVICE-0001;x\n');
    expect(body).toMatchObject({
      code: 'csv.columns_wrong',
      data: { needed: ['deviceName'], missing: ['deviceName'], repeated: [] },
    });
    expect(shown).not.toContain('SECRET');
  });

  it('larger than the limit is refused by what it says, before a byte of it is read', async () => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'text/csv',
      'content-length': String(maxCsvBytes + 1),
    };
    const sent = request(service.service.urls.http + path, { method: 'POST', headers });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(await text(answer))).toMatchObject({ code: 'csv.too_large' });
    sent.destroy();
  });

  it('larger than the limit is refused by what it is', async () => {
    const file = Readable.from([Buffer.from('deviceName\n'), Buffer.alloc(50, 'unit-0001\n')]);
    const reading = async (): Promise<void> => {
      const { batches } = await openCsvList(file, 60);
      for await (const batch of batches) expect(batch.length).toBeGreaterThan(0);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'csv.too_large' });
  });

  it('with more rows than the limit is refused, and nothing is there of it', async () => {
    const before = await settled();
    const row = { line: 2, cells: ['unit-0001'] };
    const list = { header: ['deviceName'], batches: tooMany() };
    async function* tooMany(): AsyncGenerator<readonly (typeof row)[]> {
      yield await Promise.resolve([row]);
      yield await Promise.resolve(new Array<typeof row>(1_000_000).fill(row));
    }
    const place = service.service.app
      .get(OrderListService)
      .place(systemActor, productKey, listOrder('mint', listQuery.parse({})), () =>
        Promise.resolve(list),
      );
    await expect(place).rejects.toMatchObject({ code: 'csv.too_many_rows' });
    expect(await settled()).toEqual(before);
  });

  it('for a product that does not exist is refused before it is read', async () => {
    const answer = await upload(service, ordersOf('a1nobody'), `deviceName\n${good.join('\n')}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'product.not_found' } });
  });

  it('with terms that are wrong says which', async () => {
    for (const [terms, field] of [
      ['quota=-1', 'quota'],
      ['quota=1.5', 'quota'],
      ['quota=99999999', 'quota'],
      ['acceptVolatile=perhaps', 'acceptVolatile'],
      ['stations=st-x', 'stations.0'],
      ['colour=red', ''],
    ]) {
      const answer = await upload(service, `${path}?${terms}`, 'deviceName\nunit-0001\n');
      expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
      expect(answer.body).toMatchObject({ data: { fields: [{ path: field }] } });
    }
    const file = 'deviceName\nterm-0001\n';
    for (const [terms, code] of [
      ['quota=2', 'order.quota_invalid'],
      ['stations=st-999999', 'station.not_found'],
    ]) {
      expect(await upload(service, `${path}?${terms}`, file)).toMatchObject({ body: { code } });
    }
  });
});

describe('rows that are wrong', () => {
  it('refuse the list as a whole, each with its own code and what to do', async () => {
    await makeOrder(service, productKey, { quantity: 2, prefix: 'old_' });
    const file = [
      'productKey,deviceName,note',
      `${productKey},fine-0001,`,
      `${productKey},bad name,`,
      `${productKey},${'x'.repeat(60)},`,
      'a1another,fine-0002,',
      `${productKey},fine-0001,again`,
      `${productKey},old_000002,`,
      `${productKey},fine-0003`,
      `${productKey},"=1+1",`,
      '',
      `${productKey},fine-0001,and again`,
    ].join('\r\n');
    const { status, body } = await upload<RowsRefused>(service, path, file);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'order.rows_refused', data: { rows: 9, errors: 8 } });
    expect(body.data.first).toHaveLength(8);
    const { orderId } = body.data;
    expect(await errorLines(service, orderId)).toEqual([
      '3,deviceName,bad name,row.name_invalid',
      `4,deviceName,${'x'.repeat(40)}…,row.name_invalid`,
      '5,productKey,a1another,row.product_differs',
      '6,deviceName,fine-0001,row.name_repeated',
      '7,deviceName,old_000002,row.name_taken',
      '8,,,row.columns_differ',
      "9,deviceName,'=1+1,row.name_invalid",
      '11,deviceName,fine-0001,row.name_repeated',
    ]);
    const url = `${service.service.urls.http}/api/v1/orders/${orderId}/errors.csv`;
    const { headers, body: bytes } = await fetch(url, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    const shown = bytes ? await buffer(bytes) : Buffer.alloc(0);
    expect(shown.toString()).toMatch(/^\ufeffline,column,value,code,problem,action,action_zh\n/);
    expect(shown.toString()).toContain(
      'Remove the row or choose another name.,请删除该行或更换名称。\n',
    );
    expect(headers.get('content-disposition')).toContain(`${orderId}-errors.csv`);
    const order = await service.call('GET', `/api/v1/orders/${orderId}`);
    expect(order.body).toMatchObject({
      state: 'refused',
      quantity: 9,
      minted: 0,
      remaining: 0,
      refusal: { code: 'order.rows_refused', rows: 9, errors: 8 },
    });
    expect(await query(service, `SELECT id FROM device WHERE name LIKE 'fine-%'`)).toEqual([]);
  });

  it('are all in the file, however many, while the answer tells ten', async () => {
    const file = `deviceName\n${good.map((name) => `${name}!`).join('\n')}\n`;
    const { body } = await upload<RowsRefused>(service, path, file);
    expect(body.data).toMatchObject({ rows: 3000, errors: 3000 });
    expect(body.data.first).toHaveLength(10);
    const lines = await errorLines(service, body.data.orderId);
    expect(lines).toHaveLength(3000);
    expect(lines.at(-1)).toBe('3001,deviceName,row-2999_!,row.name_invalid');
  });

  it('are found where they are, if it is one of a hundred thousand', async () => {
    const rows = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (let from = 0; from < 100_000; from += 5_000) {
        const names = Array.from({ length: 5_000 }, (_, index) => `hay-${from + index}`);
        const text = from === 0 ? `deviceName\n${names.join('\n')}\n` : `${names.join('\n')}\n`;
        yield await Promise.resolve(
          new TextEncoder().encode(text.replace('hay-77777\n', 'needle!\n')),
        );
      }
    };
    const { body } = await upload<RowsRefused>(service, path, rows());
    expect(body).toMatchObject({
      code: 'order.rows_refused',
      data: {
        rows: 100_000,
        errors: 1,
        first: [{ line: 77_779, column: 'deviceName', code: 'row.name_invalid', value: 'needle!' }],
      },
    });
    expect(await query(service, `SELECT id FROM device WHERE name LIKE 'hay-%' LIMIT 1`)).toEqual(
      [],
    );
  });

  it('do not hinder the corrected list', async () => {
    const wrong = await upload<RowsRefused>(service, path, 'deviceName\nsoon-0001\nx\n');
    expect(wrong.body.code).toBe('order.rows_refused');
    const right = await upload(service, path, 'deviceName\nsoon-0001\nsoon-0002\n');
    expect(right.status).toBe(202);
  });
});

describe('a list whose names another list takes before it is minted', () => {
  it('is refused as a whole, and its file tells which names', async () => {
    const list = Array.from({ length: 200 }, (_, index) => `both-${index}`.padEnd(8, '.'));
    const file = `deviceName\n${list.join('\n')}\n`;
    const letMint = await holdMinting();
    const answers = await Promise.all([1, 2].map(() => upload<ShownOrder>(service, path, file)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    await letMint();
    const ended = await Promise.all(
      answers.map(({ body }) => waitUntilMinted(service, body.orderId)),
    );
    const [open, refused] = ended.toSorted((one, other) => other.minted - one.minted);
    expect(open).toMatchObject({ state: 'open', minted: 200 });
    expect(refused).toMatchObject({
      state: 'refused',
      minted: 0,
      refusal: { code: 'order.names_taken', names: list.slice(0, 10) },
    });
    expect(await errorLines(service, refused?.orderId ?? '')).toEqual(
      list.map((name, index) => `${index + 2},deviceName,${name},row.name_taken`),
    );
  });

  /** Holds the locks that the job takes for orders; answers what gives them back. */
  async function holdMinting(): Promise<() => Promise<void>> {
    const runner = service.database.dataSource.createQueryRunner();
    const { lockSpace } = service.service.app.get(MintingJob);
    const all = `(${lockSpace}, n) FROM generate_series(1, 1000) n`;
    await runner.query(`SELECT pg_advisory_lock${all}`);
    return async () => {
      await runner.query(`SELECT pg_advisory_unlock${all}`);
      await runner.release();
    };
  }
});

/** How many rows everything has that a list might leave behind, once nothing is cleaned up any more. */
async function settled(): Promise<object | undefined> {
  await expect
    .poll(() => query(service, 'SELECT order_id FROM order_upload'), { timeout: 15_000 })
    .toEqual([]);
  const [counts] = await query(
    service,
    `SELECT (SELECT count(*)::integer FROM production_order) AS orders,
       (SELECT count(*)::integer FROM device) AS devices,
       (SELECT count(*)::integer FROM staged_device) AS staged,
       (SELECT count(*)::integer FROM order_row_error) AS errors`,
  );
  return counts;
}
