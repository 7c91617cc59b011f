import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeEmbeddedPostgres } from '../../src/platform/database/embedded/place.js';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { openKeyRing } from '../../src/platform/keys/open-key-ring.js';
import { processesNaming, startBuiltService } from '../support/built-service.js';
import { exportTriples } from '../support/orders.js';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

let folder: string;
let dataDir: string;
let output: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-demo-test-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'kept');
  const done = await run(process.execPath, [cli, 'demo', '--keep', dataDir], { timeout: 90_000 });
  output = done.stdout + done.stderr;
}, 100_000);
afterAll(async () => {
  await removeEmbeddedPostgres(dataDir);
  await rm(folder, { recursive: true, force: true });
});

/** Every secret that the demo used and that can still be known. */
async function secretsOfTheRun(): Promise<string[]> {
  const secrets = [(await readFile(join(dataDir, 'admin.key'), 'utf8')).trim()];
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const client = new Client({ connectionString: postgres.url.expose() });
  await client.connect();
  const { rows } = await client.query<{ product_key: string; secret_sealed: Buffer }>(
    'SELECT product_key, secret_sealed FROM product',
  );
  await client.end();
  await postgres.stop();
  const path = join(dataDir, 'master.key');
  const { ring } = await openKeyRing({ path, known: [], now: new Date() });
  for (const { product_key: productKey, secret_sealed: sealed } of rows) {
    secrets.push((await ring.openSecret(sealed, `product-secret/${productKey}`)).expose());
  }
  const service = await startBuiltService(dataDir);
  const { body } = await service.call<{ items: { orderId: string }[] }>('GET', '/api/v1/orders');
  for (const { orderId } of body.items) {
    secrets.push(...(await exportTriples(service, orderId)).values());
  }
  await service.end('SIGTERM');
  return secrets;
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
}

describe('the demo', () => {
  it('shows eight modules written, logged in and talking, and registrations both ways', () => {
    const jig = output.match(/jig, AT +PASS +ok +ok/g);
    expect(jig).toHaveLength(8);
    expect(output.match(/MQTT, by AT +PASS +ok +ok/g)).toHaveLength(2);
    expect(output.match(/MQTT over TLS +ok +ok/g)).toHaveLength(2);
    expect(output.match(/HTTPS +ok +ok/g)).toHaveLength(2);
    expect(output).toContain('Everything held.');
    expect(output).not.toContain('✖');
  });

  it('leaves no process behind', async () => {
    expect(await processesNaming(dataDir)).toEqual([]);
  });

  it('wrote none of its secrets to its output, its log or the files of its database', async () => {
    const secrets = await secretsOfTheRun();
    expect(secrets).toHaveLength(1 + 1 + 8 + 2 + 4);
    const log = await readFile(join(dataDir, 'service.log'), 'utf8');
    expect(log).toContain('service.ready');
    const cluster = await filesBelow(join(dataDir, 'postgres'));
    expect(cluster.some((path) => path.includes('pg_wal'))).toBe(true);
    const places = new Map([['output', output]]);
    for (const path of [join(dataDir, 'service.log'), ...cluster]) {
      places.set(path, await readFile(path, 'latin1'));
    }
    for (const [place, text] of places) {
      const found = secrets.filter((secret) => text.includes(secret));
      expect(found, `a secret stands in ${place}`).toEqual([]);
      expect(/tm_[\w-]{43}/.test(text), `an API key stands in ${place}`).toBe(false);
    }
  }, 60_000);
});
