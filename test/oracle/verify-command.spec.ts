import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshImei, makeBench } from '../stations/bench.js';
import { runCommand } from '../support/command.js';
import { exportTriples, makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const claimed = 12;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  const { productKey } = await makeProduct(service);
  const { orderId } = await makeOrder(service, productKey, { quantity: claimed });
  await exportTriples(service, orderId);
  const bench = await makeBench(service);
  for (let count = 0; count < claimed; count += 1) {
    await bench.claim(orderId, { imei: freshImei() });
  }
});
afterAll(async () => {
  await service.stop();
});

async function verified(...flags: readonly string[]): Promise<string[]> {
  const settings = { DATABASE_URL: service.database.url.expose(), DATA_DIR: service.dataDir };
  const { exitCode, stdout } = await runCommand(['verify', ...flags], settings);
  expect(exitCode).toBe(0);
  return stdout.trimEnd().split('\n');
}

describe('triplemint verify', () => {
  it('shows the first claims after an export, and the rules together at the end', async () => {
    const [head, hint, ...lines] = await verified();
    expect(head).toMatch(/^1 orders, 12 devices and the 12 steps of their lives in the history, /);
    expect(hint).toMatch(/^! .+: 12 triples$/);
    expect(lines.slice(0, 10).every((line) => / {4}\S+ unit_\d+: clm-/.test(line))).toBe(true);
    expect(lines[10]).toBe('    and 2 more; --all lists them all');
    const rules = lines.slice(11, -1);
    expect(rules.length).toBeGreaterThan(3);
    expect(rules.filter((line) => !line.startsWith('✔ '))).toEqual([]);
    expect(lines.at(-1)).toBe('All rules hold.');
  });

  it('shows them all when it is asked to', async () => {
    const lines = await verified('--all');
    expect(lines.filter((line) => line.includes(': clm-'))).toHaveLength(claimed);
    expect(lines.join('\n')).not.toContain(' more; ');
  });
});
