import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { query } from '../broker/devices.js';
import { cutConnections } from '../support/database.js';
import { makeProduct, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { importsOf, minted, ordersOf, upload } from './files.js';

let service: TestService;
let productKey: string;
beforeAll(async () => {
  service = await startTestService();
  ({ productKey } = await makeProduct(service));
});
afterAll(async () => {
  await service.stop();
});

/** A busy machine may be slow, and nothing here is about speed. Units: ms. */
const patience = { timeout: 50_000 };
const longer = { timeout: 60_000 };

const nothing = { orders: 0, uploads: 0, staged: 0, errors: 0 };

/** What is there of lists that never became an order. */
async function left(): Promise<object | undefined> {
  const [counts] = await query(
    service,
    `SELECT (SELECT count(*)::integer FROM production_order WHERE state = 'minting') AS orders,
       (SELECT count(*)::integer FROM order_upload) AS uploads,
       (SELECT count(*)::integer FROM staged_device) AS staged,
       (SELECT count(*)::integer FROM order_row_error) AS errors`,
  );
  return counts;
}

async function stagedRows(): Promise<number> {
  const [row] = await query<{ count: number }>(
    service,
    'SELECT count(*)::integer AS count FROM staged_device',
  );
  return row?.count ?? 0;
}

const rowsOf = (prefix: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(6, '0')}\n`).join(
    '',
  );

/** Begins an upload and stops in its middle, when rows are staged. */
async function beginUpload(path: string, beginning: string) {
  const sent = request(service.service.urls.http + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'text/csv' },
  });
  sent.on('error', () => undefined);
  sent.write(beginning);
  await expect.poll(stagedRows, patience).toBeGreaterThan(0);
  return sent;
}

describe('an upload that ends in its middle', longer, () => {
  it('because its sender is gone leaves nothing', async () => {
    const secret = 'c0ffee00c0ffee00c0ffee00c0ffee00';
    const rows = rowsOf('gone-', 5000).replaceAll(/(.+)\n/g, `${productKey},$1,${secret}\nx\n`);
    const header = 'productKey,deviceName,deviceSecret\n';
    const sent = await beginUpload(importsOf(productKey), header + rows);
    sent.destroy();
    await expect.poll(left, patience).toEqual(nothing);
  });

  it('because the database was away for a moment leaves nothing, and says so', async () => {
    const sent = await beginUpload(ordersOf(productKey), `deviceName\n${rowsOf('away-', 5000)}`);
    const answered = once(sent, 'response') as Promise<[{ statusCode: number }]>;
    await cutConnections(service.database);
    // Enough to meet a connection that was cut, or to be taken in as a whole over new ones.
    sent.end(rowsOf('more-', 5000));
    const [{ statusCode }] = await answered;
    expect([202, 503]).toContain(statusCode);
    await expect.poll(left, patience).toEqual(nothing);
  });

  it('because its process died is cleaned up by another, however many rows it left', async () => {
    // What such a process leaves: rows, and nobody who touches their upload any more.
    await query(
      service,
      `WITH died AS (INSERT INTO order_upload VALUES (2000000000, now() - interval '16 minutes'))
       INSERT INTO staged_device SELECT 2000000000, n, n, 'died-' || n FROM generate_series(1, 45000) n`,
    );
    await query(service, `INSERT INTO order_row_error VALUES (2000000000, 7, '', 'row.x', NULL)`);
    service.service.app.get(JobRunner).wake();
    await expect.poll(left, patience).toEqual(nothing);
  });

  it('is left alone while somebody may still work on it', async () => {
    const sent = await beginUpload(ordersOf(productKey), `deviceName\n${rowsOf('slow-', 2500)}`);
    service.service.app.get(JobRunner).wake();
    // Another list goes through meanwhile, its clean-up included.
    await minted(service, ordersOf(productKey), `deviceName\n${rowsOf('fast-', 10)}`);
    expect(await stagedRows()).toBeGreaterThan(0);
    const answered = once(sent, 'response') as Promise<[{ statusCode: number }]>;
    sent.end(rowsOf('rest-', 2500));
    expect((await answered)[0].statusCode).toBe(202);
    await expect.poll(left, patience).toEqual(nothing);
    const [made] = await query<{ count: number }>(
      service,
      `SELECT count(*)::integer AS count FROM device WHERE name ~ '^(slow|rest)-'`,
    );
    expect(made?.count).toBe(5000);
  });
});

describe('a list that is minted while every connection is cut', longer, () => {
  it('is minted as a whole, each device once', async () => {
    const file = `deviceName\n${rowsOf('kill-', 45_000)}`;
    const { body } = await upload<ShownOrder>(service, ordersOf(productKey), file);
    const id = Number(body.orderId.slice(4));
    const sql = 'SELECT minted FROM order_count WHERE order_id = $1';
    await expect
      .poll(async () => (await query<{ minted: number }>(service, sql, [id]))[0]?.minted, {
        ...patience,
        interval: 5,
      })
      .toBeGreaterThan(0);
    await cutConnections(service.database);
    const order = await waitUntilMinted(service, body.orderId);
    expect(order).toMatchObject({ state: 'open', minted: 45_000, free: 45_000 });
    const [devices] = await query(
      service,
      `SELECT count(*)::integer AS count, min(name) AS first, max(name) AS last
       FROM device WHERE order_id = $1`,
      [id],
    );
    expect(devices).toEqual({ count: 45_000, first: 'kill-000000', last: 'kill-044999' });
  });

  it('is not minted when it is aborted, and leaves nothing staged', async () => {
    const file = `deviceName\n${rowsOf('stop-', 45_000)}`;
    const { body } = await upload<ShownOrder>(service, ordersOf(productKey), file);
    const { status } = await service.call('POST', `/api/v1/orders/${body.orderId}/abort`);
    const order = await waitUntilMinted(service, body.orderId);
    // A fast machine may have minted it by then.
    expect([status, order.state]).toEqual(status === 200 ? [200, 'aborted'] : [409, 'open']);
    await expect.poll(left, patience).toEqual(nothing);
  });
});
