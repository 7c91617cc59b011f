import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { failToStart, processesNaming, startBuiltService } from '../support/built-service.js';
import type { BuiltService } from '../support/built-service.js';
import { exportTriples, waitUntilMinted } from '../support/orders.js';
import type { ShownOrder } from '../support/orders.js';

let dataDir: string;
let running: BuiltService[];
// One for all: only the first start is a first start, and the last test takes its master key away.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'triplemint-e2e-'));
  await chmod(dataDir, 0o711);
});
beforeEach(() => {
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.end('SIGKILL')));
});
afterAll(async () => {
  await removeEmbeddedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<BuiltService> {
  const service = await startBuiltService(dataDir, settings);
  running.push(service);
  return service;
}

async function end(service: BuiltService, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  running = running.filter((other) => other !== service);
  return await service.end(signal);
}

const product = { name: 'e2e', registration: { mode: 'preregistered' } };
const order = { quantity: 60_000, naming: { kind: 'sequence', prefix: 'e2e-', width: 8 } };

async function placeOrder({ call }: BuiltService): Promise<string> {
  const made = await call<{ productKey: string }>('POST', '/api/v1/products', product);
  const path = `/api/v1/products/${made.body.productKey}/orders`;
  return (await call<ShownOrder>('POST', path, order)).body.orderId;
}

describe('the built service', () => {
  it('makes one database and one set of keys of two starts at once, and leaves nothing behind', async () => {
    const services = await Promise.all([start(), start()]);
    const [first, ...others] = services;
    const made = await first.call<{ productKey: string }>('POST', '/api/v1/products', product);
    for (const other of others) {
      const seen = await other.call('GET', `/api/v1/products/${made.body.productKey}`);
      expect(seen.status).toBe(200);
    }
    const keys = await first.call<{ items: unknown[] }>('GET', '/api/v1/keys');
    expect(keys.body.items).toHaveLength(1);
    const ring = JSON.parse(await readFile(join(dataDir, 'master.key'), 'utf8')) as {
      keys: unknown[];
    };
    expect(ring.keys).toHaveLength(1);
    const codes = await Promise.all(services.map((service) => end(service, 'SIGTERM')));
    expect(codes).toEqual([0, 0]);
    expect(await processesNaming(dataDir)).toEqual([]);
  }, 60_000);

  it('goes on minting after SIGKILL until each name and each secret exists exactly once', async () => {
    const first = await start();
    const orderId = await placeOrder(first);
    let minted = 0;
    while (minted === 0) {
      minted = (await first.call<ShownOrder>('GET', `/api/v1/orders/${orderId}`)).body.minted;
    }
    expect(minted).toBeLessThan(order.quantity);
    await end(first, 'SIGKILL');
    const second = await start();
    const done = await waitUntilMinted(second, orderId);
    expect(done).toMatchObject({ state: 'open', minted: 60_000, free: 60_000 });
    const triples = await exportTriples(second, orderId);
    expect(triples.size).toBe(60_000);
    expect(new Set(triples.values()).size).toBe(60_000);
    expect(await end(second, 'SIGTERM')).toBe(0);
    expect(await processesNaming(dataDir)).toEqual([]);
  }, 90_000);

  it('names a port that is in use and leaves nothing behind', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const { exitCode, output } = await failToStart(dataDir, { MQTT_PORT: String(port) });
      expect(exitCode).toBe(1);
      expect(output).toContain(`MQTT_PORT ${port} is in use`);
      expect(await processesNaming(dataDir)).toEqual([]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  }, 60_000);

  it('names a wrong setting in one line and never shows its value', async () => {
    const { exitCode, output } = await failToStart(dataDir, {
      HTTP_PORT: 'eighty-eighty',
      DATABASE_URL: 'mysql://hidden-password@host/db',
    });
    expect(exitCode).toBe(2);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('HTTP_PORT');
    expect(output).toContain('DATABASE_URL');
    expect(output).not.toMatch(/eighty|hidden/);
  });

  it('stops in order when npm, which started it, gets the signal, and starts no more without its master key', async () => {
    const service = await startBuiltService(dataDir, {}, 'npm');
    running.push(service);
    await end(service, 'SIGTERM');
    expect(service.output()).toContain('service.stopped');
    expect(await processesNaming(dataDir)).toEqual([]);
    await rename(join(dataDir, 'master.key'), join(dataDir, 'elsewhere.key'));
    const { exitCode, output } = await failToStart(dataDir);
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /^triplemint cannot start: keys\.ring_lacks_kid: .*No new key was made\.$/m,
    );
    expect(await processesNaming(dataDir)).toEqual([]);
  }, 60_000);
});
