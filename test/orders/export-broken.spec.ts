import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Client } from 'pg';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExportService } from '../../src/orders/export.service.js';
import { ExportStore } from '../../src/orders/export.store.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { adminKey, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { endedExport, exportEvents } from './exported.js';
import type { ShownExport } from './exported.js';

const pageSize = 5_000;
/** Four pages of devices. */
const quantity = 4 * pageSize;

let service: TestService;
let productKey: string;
let orderId: string;
let recipient: string;
beforeAll(async () => {
  service = await startTestService();
  productKey = (await makeProduct(service)).productKey;
  orderId = (await makeOrder(service, productKey, { quantity })).orderId;
  recipient = await identityToRecipient(await generateIdentity());
});
afterAll(async () => {
  await service.stop();
});

function idOf(order: string): number {
  return Number(order.slice('ord-'.length));
}

/** How an answer ended, as the reader sees it. */
interface Ending {
  readonly isWhole: boolean;
  readonly sizeBytes: number;
  readonly exportId: string;
}

async function ask(query: string, order = orderId): Promise<IncomingMessage> {
  const url = `${service.service.urls.http}/api/v1/orders/${order}/triples?${query}`;
  const headers = { authorization: `Bearer ${adminKey}` };
  return await new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
}

async function read(answer: IncomingMessage): Promise<Ending> {
  let sizeBytes = 0;
  try {
    for await (const chunk of answer) sizeBytes += (chunk as Buffer).length;
  } catch {
    // That it broke off shows in `complete`.
  }
  const exportId = String(answer.headers['triplemint-export']);
  return { isWhole: answer.complete, sizeBytes, exportId };
}

/** Keeps everybody from reading devices until it is let go. */
async function holdDevices(): Promise<Client> {
  const client = new Client({ connectionString: service.database.url.expose() });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE device IN ACCESS EXCLUSIVE MODE');
  return client;
}

/** Ends the backend that waits for a page of an export. */
async function killReader(client: Client): Promise<void> {
  for (;;) {
    // Within a transaction, what backends do is seen as it was at the first look.
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM device%'`,
    );
    if (rowCount) return;
  }
}

const forms = ['csv', 'jsonl', 'xlsx', 'csv&recipient='] as const;
const queryOf = (form: string): string => `format=${form}${form.endsWith('=') ? recipient : ''}`;

describe('an export whose database connection is killed', () => {
  it('is in the history before it is read, and breaks the connection', async () => {
    const holder = await holdDevices();
    try {
      const answer = await ask('format=csv');
      const exportId = String(answer.headers['triplemint-export']);
      const [begun, ...ended] = await exportEvents(service, exportId);
      expect(begun).toMatchObject({ action: 'order.exported', detail: { count: quantity } });
      expect(ended).toEqual([]);
      const [ending] = await Promise.all([read(answer), killReader(holder)]);
      expect(ending.isWhole).toBe(false);
    } finally {
      await holder.end();
    }
  });

  it('tells in the history that nothing left', async () => {
    const holder = await holdDevices();
    try {
      const answer = await ask('format=csv');
      const [{ exportId }] = await Promise.all([read(answer), killReader(holder)]);
      expect(await endedExport(service, orderId, exportId)).toMatchObject({
        state: 'broken_off',
        given: 0,
      });
      const events = await exportEvents(service, exportId);
      expect(events[1]?.detail).toMatchObject({ outcome: 'broken_off', count: 0 });
    } finally {
      await holder.end();
    }
  });
});

describe('an export that fails before its first byte', () => {
  it('is refused like any request, and told as broken off', async () => {
    const holder = await holdDevices();
    try {
      const asked = service.call('GET', `/api/v1/orders/${orderId}/triples?format=jsonl`);
      await killReader(holder);
      const { status, body } = await asked;
      expect(status).toBe(503);
      expect(body).toMatchObject({ code: 'database.away' });
    } finally {
      await holder.end();
    }
    const { body } = await service.call<{ items: ShownExport[] }>(
      'GET',
      `/api/v1/orders/${orderId}/exports?limit=1`,
    );
    const ended = await endedExport(service, orderId, body.items[0]?.exportId ?? null);
    expect(ended).toMatchObject({ format: 'jsonl', state: 'broken_off', given: 0 });
  });
});

describe('an export with a triple that cannot be derived', () => {
  const broken = 'unit_007000';
  beforeAll(async () => {
    await setGeneration(-1);
  });
  afterAll(async () => {
    await setGeneration(0);
  });

  async function setGeneration(generation: number): Promise<void> {
    const sql = 'UPDATE device SET generation = $1 WHERE name = $2';
    await service.database.dataSource.query(sql, [generation, broken]);
  }

  it.each(forms)('as %s breaks the connection and never ends cleanly', async (form) => {
    const { isWhole, exportId } = await read(await ask(queryOf(form)));
    expect(isWhole).toBe(false);
    const ended = await endedExport(service, orderId, exportId);
    expect(ended).toMatchObject({ state: 'broken_off', expected: quantity });
    // All before it left, and nothing after.
    expect(ended.given).toBeGreaterThan(6_000);
    expect(ended.given).toBeLessThan(7_000);
    const events = await exportEvents(service, exportId);
    expect(events[1]?.detail).toEqual({
      export: exportId,
      outcome: 'broken_off',
      count: ended.given,
    });
  });
});

describe('an export that does not find all its triples', () => {
  it('breaks the connection at its end', async () => {
    const move = 'UPDATE device SET order_id = $1 WHERE name = $2';
    const { orderId: other } = await makeOrder(service, productKey, {
      quantity: 1,
      prefix: 'else',
    });
    await service.database.dataSource.query(move, [idOf(other), 'unit_000100']);
    try {
      const { isWhole, exportId } = await read(await ask('format=csv'));
      expect(isWhole).toBe(false);
      const ended = await endedExport(service, orderId, exportId);
      expect(ended).toMatchObject({ state: 'broken_off', given: quantity - 1 });
    } finally {
      await service.database.dataSource.query(move, [idOf(orderId), 'unit_000100']);
    }
  });
});

describe('an export that nobody reads to its end', () => {
  it.each(forms)('as %s stops reading the order', async (form) => {
    const [format = '', query] = form.split('&');
    const file = await service.service.app.get(ExportService).open(
      { label: 'test', address: null },
      {
        orderId: idOf(orderId),
        format: format as 'csv',
        cells: 'machine',
        recipients: query === undefined ? [] : [recipient],
      },
    );
    for await (const chunk of file.stream) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    await file.settle(false);
    const ended = await endedExport(service, orderId, `exp-${file.exportId}`);
    expect(ended.state).toBe('broken_off');
    expect(ended.given).toBeLessThan(quantity / 2);
  });

  it.each(forms)('as %s is told when the reader goes away', async (form) => {
    const answer = await ask(queryOf(form));
    const exportId = String(answer.headers['triplemint-export']);
    answer.destroy();
    const ended = await endedExport(service, orderId, exportId);
    expect(ended.state).toBe('broken_off');
  });
});

describe('an export whose reader goes away', () => {
  it('asks the database for no more', async () => {
    const { orderId: own } = await makeOrder(service, productKey, { quantity, prefix: 'own_' });
    const pages = vi.spyOn(service.service.app.get(ExportStore), 'page');
    const holder = await holdDevices();
    const answer = await ask('format=csv', own);
    answer.destroy();
    await endedExport(service, own, String(answer.headers['triplemint-export']));
    await holder.end();
    // Another one, read to its end, gives the first all the time it would need.
    await read(await ask('format=csv', own));
    const asked = pages.mock.calls.filter(([, order]) => order.orderId === idOf(own));
    const ofOne = quantity / pageSize + 1;
    expect(asked.length).toBeGreaterThan(ofOne);
    // The page that was asked for, and the one after it.
    expect(asked.length).toBeLessThanOrEqual(ofOne + 2);
  });
});

describe('an export that is read', () => {
  it.each(forms)('as %s ends cleanly and is told as complete', async (form) => {
    const { isWhole, exportId } = await read(await ask(queryOf(form)));
    expect(isWhole).toBe(true);
    const ended = await endedExport(service, orderId, exportId);
    expect(ended).toMatchObject({ state: 'complete', given: quantity });
  });
});
