import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../broker/devices.js';
import { exportTriples, makeOrder, makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { minted, ordersOf, upload } from './files.js';

let service: TestService;
let path: string;
beforeAll(async () => {
  service = await startTestService();
  path = ordersOf((await makeProduct(service)).productKey);
});
afterAll(async () => {
  await service.stop();
});

let lists = 0;
/** Three names that no other test has. */
function names(): readonly [string, string, string] {
  lists += 1;
  return [`line-${lists}.a`, `line-${lists}@b`, `line-${lists}:c`];
}

async function namesOf({ orderId }: ShownOrder): Promise<string[]> {
  return [...(await exportTriples(service, orderId)).keys()];
}

describe('a list of names as CSV', () => {
  const bom = '\ufeff';
  it.each([
    ['with commas and LF', (n: readonly string[]) => `deviceName\n${n.join('\n')}\n`],
    ['with CRLF', (n: readonly string[]) => `deviceName\r\n${n.join('\r\n')}\r\n`],
    ['with CR', (n: readonly string[]) => `deviceName\r${n.join('\r')}\r`],
    ['with a byte order mark', (n: readonly string[]) => `${bom}deviceName\n${n.join('\n')}\n`],
    ['without an end of the last line', (n: readonly string[]) => `deviceName\n${n.join('\n')}`],
    ['with empty lines', (n: readonly string[]) => `\n\ndeviceName\n\n${n.join('\n\n')}\n \n`],
    ['with quotes', (n: readonly string[]) => `"deviceName"\n"${n.join('"\n"')}"\n`],
    ['with blanks', (n: readonly string[]) => ` Device Name \n ${n.join(' \n\t')}\n`],
    [
      'of Alibaba, with a nickname',
      (n: readonly string[]) => `DeviceName,Nickname\n${n.map((x) => `${x},灯 1`).join('\n')}\n`,
    ],
    [
      'with semicolons, and commas in what is passed over',
      (n: readonly string[]) => `note;deviceName\n${n.map((x) => `a,b,c;${x}`).join('\n')}\n`,
    ],
    [
      'with line breaks in what is passed over',
      (n: readonly string[]) => `note,deviceName\n${n.map((x) => `"a\n;""b""",${x}`).join('\n')}\n`,
    ],
    ['with a Chinese header', (n: readonly string[]) => `设备名称\n${n.join('\n')}\n`],
  ])('%s is minted as it stands there', async (_, file) => {
    const list = names();
    const order = await minted(service, path, file(list));
    expect(order).toMatchObject({ state: 'open', minted: 3, free: 3, quantity: 3, quota: 3 });
    expect(order).toMatchObject({ kind: 'mint', naming: { kind: 'list' } });
    expect(await namesOf(order)).toEqual(list);
  });

  it('may come byte by byte', async () => {
    const list = names();
    const bytes = Buffer.from(`备注,deviceName\n${list.map((name) => `灯,${name}`).join('\n')}\n`);
    const pieces = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (const byte of bytes) yield await Promise.resolve(Uint8Array.of(byte));
    };
    expect(await namesOf(await minted(service, path, pieces()))).toEqual(list);
  });

  it('takes the terms of its order from the query', async () => {
    const station = { name: 'SZX-L1-03' };
    const { body } = await service.call<{ stationId: string }>('POST', '/api/v1/stations', station);
    const terms = new URLSearchParams({
      provisioning: 'product-secret',
      acceptVolatile: 'true',
      quota: '2',
      expiresAt: '2040-01-02T03:04:05Z',
      stations: body.stationId,
      firmware: 'NT35E*,NT26*',
      note: 'first run',
    });
    const order = await minted(
      service,
      `${path}?${terms.toString()}`,
      `deviceName\n${names().join('\n')}`,
    );
    expect(order).toMatchObject({
      provisioning: 'product-secret',
      acceptVolatile: true,
      quota: 2,
      expiresAt: '2040-01-02T03:04:05.000Z',
      stations: [body.stationId],
      firmware: ['NT35E*', 'NT26*'],
      note: 'first run',
      remaining: 2,
    });
  });

  it('is told in the history, without its names', async () => {
    const { orderId } = await minted(service, path, `deviceName\n${names().join('\n')}`);
    const told = await query<{ action: string; detail: object }>(
      service,
      'SELECT action, detail FROM audit_event WHERE order_id = $1 ORDER BY id',
      [Number(orderId.slice(4))],
    );
    expect(told).toMatchObject([
      { action: 'order.created', detail: { kind: 'mint', quantity: 3, naming: { kind: 'list' } } },
      { action: 'order.opened', detail: { quantity: 3 } },
    ]);
  });

  it('leaves nothing staged once it is minted', async () => {
    await minted(service, path, `deviceName\n${names().join('\n')}`);
    await expect
      .poll(() => query(service, 'SELECT order_id FROM order_upload'), { timeout: 20_000 })
      .toEqual([]);
    expect(await query(service, 'SELECT place FROM staged_device')).toEqual([]);
  });

  it('of 45,000 is minted in chunks, each device once, in its order', async () => {
    const list = Array.from({ length: 45_000 }, (_, index) => `many-${(index * 7919) % 45_000}`);
    const padded = list.map((name) => name.padEnd(12, '.'));
    const order = await minted(service, path, `deviceName\n${padded.join('\n')}\n`);
    expect(order).toMatchObject({ state: 'open', minted: 45_000, free: 45_000 });
    expect(await namesOf(order)).toEqual(padded);
  });
});

describe('a list of names as JSON', () => {
  it('is minted as it stands there, and says its quantity itself', async () => {
    const list = names();
    const placed = await service.call<ShownOrder>('POST', path, {
      naming: { kind: 'list', names: list },
    });
    expect(placed.status).toBe(202);
    const order = await waitUntilMinted(service, placed.body.orderId);
    expect(order).toMatchObject({ state: 'open', quantity: 3, minted: 3 });
    expect(await namesOf(order)).toEqual(list);
  });

  it('is refused when its quantity is another, or its quota is more', async () => {
    const naming = { kind: 'list', names: names() };
    expect(await service.call('POST', path, { naming, quantity: 4 })).toMatchObject({
      status: 422,
      body: { code: 'request.invalid', data: { fields: [{ path: 'quantity' }] } },
    });
    expect(await service.call('POST', path, { naming, quota: 4 })).toMatchObject({
      status: 422,
      body: { code: 'order.quota_invalid' },
    });
  });

  it('tells which of its names are wrong', async () => {
    const { productKey } = await makeProduct(service);
    await makeOrder(service, productKey, { quantity: 2, prefix: 'old_' });
    const list = ['fine-1', 'x', 'old_000001', 'fine-1'];
    const body = { naming: { kind: 'list', names: list } };
    expect(await service.call('POST', ordersOf(productKey), body)).toMatchObject({
      status: 422,
      body: {
        code: 'order.rows_refused',
        data: {
          rows: 4,
          errors: 3,
          first: [
            { line: 2, column: 'deviceName', code: 'row.name_invalid', value: 'x' },
            { line: 3, column: 'deviceName', code: 'row.name_taken', value: 'old_000001' },
            { line: 4, column: 'deviceName', code: 'row.name_repeated', value: 'fine-1' },
          ],
        },
      },
    });
  });
});

describe('text/csv', () => {
  it('is refused where nobody takes a file', async () => {
    const answer = await upload(service, '/api/v1/products', 'name\nlamp\n');
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.media_type' } });
  });
});
