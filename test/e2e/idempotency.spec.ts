import { randomUUID } from 'node:crypto';
import { chmod, readFile, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { freshImei } from '../stations/bench.js';
import type { Grant } from '../stations/bench.js';
import { makeDataDir } from '../support/data-dir.js';
import { startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { isReplay, keyedCaller } from '../support/keyed.js';
import type { Keyed } from '../support/keyed.js';
import { waitUntilMinted } from '../support/orders.js';
import type { MadeProduct } from '../support/orders.js';
import type { Answer } from '../support/service.js';

let dataDir: string;
let service: BuiltService;
let adminKey: string;
let stationKey: string;
const secrets = new Map<string, string>();
const names = new Set<string>();
beforeAll(async () => {
  dataDir = await makeDataDir('keyed');
  await chmod(dataDir, 0o711); // as root, PostgreSQL runs as another user and must get in
  service = await startBuiltService(dataDir);
  adminKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  stationKey = (await post<{ key: string }>('/stations', { name: 'bench' }, adminKey)).body.key;
  secrets.set('the key of a station', stationKey);
}, 60_000);
afterAll(async () => {
  await service.end('SIGTERM');
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

async function post<T>(
  path: string,
  body: object,
  apiKey: string,
  key: string = randomUUID(),
): Promise<Answer<T>> {
  const request: Keyed = { method: 'POST', path: `/api/v1${path}`, body, key, apiKey };
  return await keyedCaller(service.http)<T>(request);
}

async function makeOrder(provisioning: string): Promise<string> {
  const made = await post<MadeProduct>('/products', { name: provisioning }, adminKey);
  const { productKey, productSecret } = made.body;
  secrets.set(`the secret of product ${productKey}`, productSecret);
  const naming = { kind: 'sequence', prefix: `kept_${provisioning.slice(0, 3)}_`, width: 4 };
  const order = { quantity: 20, naming, provisioning };
  const placed = await post<{ orderId: string }>(`/products/${productKey}/orders`, order, adminKey);
  return (await waitUntilMinted(service, placed.body.orderId)).orderId;
}

/** Sends a request and never reads its answer. */
function sendUnheard(path: string, body: object, key: string): { close(): void } {
  const { hostname, port } = new URL(service.http);
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `Authorization: Bearer ${stationKey}`,
    `Idempotency-Key: "${key}"`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.pause().write(`${head.join('\r\n')}\r\n\r\n${text}`);
  return { close: () => socket.destroy() };
}

function noteGrants(grants: readonly Partial<Grant>[]): void {
  for (const { triple, registration } of grants) {
    const { productKey = '', deviceName = '', deviceSecret } = triple ?? {};
    names.add(deviceName);
    if (deviceSecret) secrets.set(`the secret of ${productKey} ${deviceName}`, deviceSecret);
    if (registration) secrets.set(`the login of ${deviceName}`, registration.password);
  }
}

describe('a service that is killed after the commit and before the answer was heard', () => {
  it('gives the answer when it is back', async () => {
    const orderId = await makeOrder('device-secret');
    const key = randomUUID();
    const body = { orderId, unit: { imei: freshImei() } };
    const unheard = sendUnheard('/api/v1/claims', body, key);
    const leased = async (): Promise<number> =>
      (await service.call<{ leased: number }>('GET', `/api/v1/orders/${orderId}`)).body.leased;
    while ((await leased()) === 0) await new Promise(setImmediate);
    await service.end('SIGKILL');
    unheard.close();
    service = await startBuiltService(dataDir);
    const answer = await post<Grant>('/claims', body, stationKey, key);
    expect([answer.status, isReplay(answer), answer.body.reissued]).toEqual([201, true, false]);
    const { productKey, deviceName, deviceSecret } = answer.body.triple;
    const shown = await service.call<Grant['triple']>(
      'GET',
      `/api/v1/devices/${productKey}/${deviceName}/triple`,
    );
    expect(deviceSecret).toBe(shown.body.deviceSecret);
    expect(await leased()).toBe(1);
    noteGrants([answer.body]);
  }, 60_000);
});

describe('the files of the database', () => {
  it('hold no secret of an answer that is kept, the log of writes included', async () => {
    for (const provisioning of ['device-secret', 'product-secret']) {
      const orderId = await makeOrder(provisioning);
      const unit = () => ({ imei: freshImei() });
      noteGrants([(await post<Grant>('/claims', { orderId, unit: unit() }, stationKey)).body]);
      const batch = { orderId, units: [unit(), unit()] };
      const answer = await post<{ results: Grant[] }>('/claims/batch', batch, stationKey);
      noteGrants(answer.body.results);
    }
    const made = await post<{ key: string }>('/keys', { name: 'another' }, adminKey);
    secrets.set('a key of the API', made.body.key);
    expect(secrets.size).toBe(3 + 1 + 3 + 3 + 1 + 1);
    await service.end('SIGTERM');
    const cluster = await filesBelow(join(dataDir, 'postgres'));
    expect(cluster.some((path) => path.includes('pg_wal'))).toBe(true);
    const found = new Set<string>();
    for (const path of cluster) {
      const text = await readFile(path, 'latin1');
      for (const [what, secret] of secrets) if (text.includes(secret)) found.add(what);
      for (const name of names) if (text.includes(`"deviceName":"${name}"`)) names.delete(name);
    }
    expect([...found]).toEqual([]);
    expect([...names], 'the kept answers themselves are there').toEqual([]);
    service = await startBuiltService(dataDir);
  }, 120_000);
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
