import { readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { adminKey } from '../support/service.js';
import { endedExport } from './exported.js';
import type { ShownExport } from './exported.js';

const quantity = 100_000;
/** Units: bytes. What a process may grow by chance. */
const maxGrowth = 64e6;

let dataDir: string;
let database: TestDatabase;
let service: BuiltService;
let orderId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await makeDataDir('export');
  const settings = { DATABASE_URL: database.url.expose(), ADMIN_KEY: adminKey };
  service = await startBuiltService(dataDir, settings);
  const { productKey } = await makeProduct(service);
  orderId = (await makeOrder(service, productKey, { quantity })).orderId;
});
afterAll(async () => {
  await service.end('SIGTERM');
  await database.drop();
  await rm(dataDir, { recursive: true });
});

async function ask(query: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const url = `${service.http}/api/v1/orders/${orderId}/triples?${query}`;
  return await new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
}

/** The memory of the service. Source: Linux, proc(5), VmRSS. */
async function residentBytes(): Promise<number> {
  const text = await readFile(`/proc/${service.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
}

/** Reads an answer to its end. Shape: the most memory that the service had meanwhile. */
async function readWatching(answer: IncomingMessage): Promise<number> {
  let peak = 0;
  for await (const chunk of answer) {
    expect((chunk as Buffer).length).toBeGreaterThan(0);
    peak = Math.max(peak, await residentBytes());
  }
  expect(answer.complete).toBe(true);
  return peak;
}

describe('an export of 100,000 triples', () => {
  it('is made no further than it is read, and takes no memory for the rest', async () => {
    // What an export needs once is no growth.
    await readWatching(await ask('format=jsonl'));
    const before = await residentBytes();
    const slow = await ask('format=jsonl');
    // Not one byte, for as long as another reader needs for the whole file.
    const peakOfOther = await readWatching(await ask('format=jsonl'));
    const exportId = String(slow.headers['triplemint-export']);
    const path = `/api/v1/orders/${orderId}/exports/${exportId}`;
    const { body } = await service.call<ShownExport>('GET', path);
    expect(body.state).toBe('running');
    // Twelve million bytes; the buffers of both sockets hold ten at most.
    expect(body.given).toBeLessThan(0.9 * quantity);
    const peak = Math.max(peakOfOther, await readWatching(slow));
    expect(peak - before).toBeLessThan(maxGrowth);
    const ended = await endedExport(service, orderId, exportId);
    expect(ended).toMatchObject({ state: 'complete', given: quantity });
  }, 60_000);
});
